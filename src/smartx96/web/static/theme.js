// Before anything is drawn, and so no module: light or dark, page or wall.
{
  const root = document.documentElement;
  let theme = null;
  try {
    theme = localStorage.getItem("x96-theme");
  } catch {
    // The browser keeps nothing: as the system has it.
  }
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  const wall = new URLSearchParams(location.search).get("wall");
  const large = innerWidth >= 2560 && innerHeight >= 1300;
  if (wall === null ? large : wall !== "off") root.dataset.wall = "";
}
