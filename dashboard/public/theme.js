/* Runs before the first paint, so that a dark page does not flash white. `src/lib/theme.ts` takes over. */
(function () {
	var mode = 'auto';
	try {
		mode = localStorage.getItem('rations.theme') || 'auto';
	} catch {
		/* storage may be forbidden; auto it is */
	}
	var dark = mode === 'dark' || (mode !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
	document.documentElement.setAttribute('data-bs-theme', dark ? 'dark' : 'light');
})();
