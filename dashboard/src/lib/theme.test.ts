import { act, renderHook } from '@testing-library/react';
import { expect, it } from 'vitest';
import { useIsDark, useTheme } from './theme';

it('colours the page as chosen, and remembers', () => {
	const { result } = renderHook(() => ({ theme: useTheme(), isDark: useIsDark() }));
	expect(result.current.theme[0]).toBe('auto');
	act(() => result.current.theme[1]('dark'));
	expect(result.current.isDark).toBe(true);
	expect(document.documentElement.dataset.bsTheme).toBe('dark');
	expect(localStorage.getItem('rations.theme')).toBe('dark');
	act(() => result.current.theme[1]('light'));
	expect(result.current.isDark).toBe(false);
	expect(document.documentElement.dataset.bsTheme).toBe('light');
});
