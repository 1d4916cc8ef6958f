import { useEffect } from 'react';

/** What the browser's tab says. Left alone where there is nothing to say. */
export function useTitle(title: string | undefined): void {
	useEffect(() => {
		if (title !== undefined) document.title = title ? `${title} · Rations` : 'Rations';
	}, [title]);
}
