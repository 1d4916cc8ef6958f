/* Light, dark, or as the system says; paper is always light. public/theme.js sets the first paint the same way. */
import { useCallback, useSyncExternalStore } from 'react';
import { recall, remember } from './storage';

export const THEMES = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const system = matchMedia('(prefers-color-scheme: dark)');
const paper = matchMedia('print');
const listeners = new Set<() => void>();
let chosen: Theme = THEMES.find((theme) => theme === recall('theme')) ?? 'auto';

function isDark(): boolean {
	if (paper.matches) return false;
	return chosen === 'dark' || (chosen === 'auto' && system.matches);
}

function apply(): void {
	document.documentElement.dataset.bsTheme = isDark() ? 'dark' : 'light';
	const bar = document.querySelector('meta[name="theme-color"]');
	bar?.setAttribute('content', isDark() ? '#0e1414' : '#f5f7f7');
	for (const listener of listeners) listener();
}

system.addEventListener('change', apply);
paper.addEventListener('change', apply);

function subscribe(listener: () => void): () => void {
	listeners.add(listener);
	return () => listeners.delete(listener);
}

export function useTheme(): [Theme, (theme: Theme) => void] {
	const theme = useSyncExternalStore(subscribe, () => chosen);
	const choose = useCallback((next: Theme) => {
		chosen = next;
		remember('theme', next);
		apply();
	}, []);
	return [theme, choose];
}

/** Changes when colours do; canvases have to be painted again. */
export function useIsDark(): boolean {
	return useSyncExternalStore(subscribe, isDark);
}
