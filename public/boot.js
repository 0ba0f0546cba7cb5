// Runs before the first paint, so that neither theme nor panes jump. In its own file because the
// CSP allows no inline scripts.
(() => {
  const root = document.documentElement;
  const read = (key) => {
    try {
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  };
  root.dataset.js = '';
  const theme = read('kindlab.theme');
  if (theme === 'light' || theme === 'dark') root.dataset.theme = theme;
  const isReading = read('kindlab.reading') === 'yes';
  if (isReading) root.dataset.reading = '';
  const width = Number(read('kindlab.pane'));
  if (width >= 25 && width <= 70) root.style.setProperty('--pane', `${width}%`);
  const closed =
    matchMedia('(max-width: 60rem)').matches || read('kindlab.pane.closed') === 'yes' || isReading;
  root.dataset.pane = closed ? 'closed' : 'open';
})();
