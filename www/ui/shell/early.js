// Runs before the first paint, so that neither the wrong theme nor parts that a frame omits flash. A classic script, since
// modules are deferred.
{
  const root = document.documentElement,
    said = new URLSearchParams(location.hash.slice(1));
  let theme = null;
  if (said.get("ui") === "cube") {
    root.dataset.ui = "cube";
    theme = said.get("theme");
  } else {
    try {
      theme = localStorage.getItem("theme");
    } catch {
      // Storage may be forbidden; the system's theme will do.
    }
  }
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
}
