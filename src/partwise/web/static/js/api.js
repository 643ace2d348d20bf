// The page about the API is whole as it comes; only the frame is alive.
import { start } from "./shell.js";

start(async () => {}, { parts: false, pictures: false });
