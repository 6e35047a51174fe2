// Not a module: it runs before the first paint, so that the remembered theme does not flash.
(() => {
  let remembered = null;
  try {
    remembered = localStorage.getItem('theme');
  } catch {
    // Storage can be forbidden; the system's theme will do.
  }
  if (remembered === 'light' || remembered === 'dark') document.documentElement.dataset.theme = remembered;
})();
