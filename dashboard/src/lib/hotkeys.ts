/* One-letter shortcuts, silent while somebody types or a dialog is open. */
import { useEffect, useEffectEvent } from 'react';

function isTyping(target: EventTarget | null): boolean {
	const element = target instanceof HTMLElement ? target : null;
	return !!element?.closest('input, select, textarea, [contenteditable], dialog');
}

/** On a Cyrillic keyboard the letter is known by where it lies. */
function letterOf(event: KeyboardEvent): string {
	const isLatin = /^[\x20-\x7e]$/.test(event.key);
	return isLatin || !/^Key[A-Z]$/.test(event.code) ? event.key : event.code.slice(3);
}

export function useHotkeys(onKey: (key: string) => boolean): void {
	const handle = useEffectEvent((event: KeyboardEvent) => {
		if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
		if (document.querySelector('dialog[open]')) return;
		if (onKey(letterOf(event).toLowerCase())) event.preventDefault();
	});
	useEffect(() => {
		const listener = (event: KeyboardEvent) => handle(event);
		addEventListener('keydown', listener);
		return () => removeEventListener('keydown', listener);
	}, []);
}
