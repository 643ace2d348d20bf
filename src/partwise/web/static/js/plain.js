// Pages that only tell something (an error, the API): the frame works, and nothing more is loaded.
import { start } from "./shell.js";

start(async () => {}, { parts: false, pictures: false });
