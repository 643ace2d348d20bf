// Sets the theme before the first paint; the only script that is not a module.
(function () {
  try {
    const theme = localStorage.getItem("partwise.theme");
    if (theme === "light" || theme === "dark") {
      document.documentElement.dataset.theme = theme;
    }
  } catch {
    // Without storage (a private window) the page follows the system.
  }
})();
