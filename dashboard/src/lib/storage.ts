/* localStorage that may be forbidden: then nothing is remembered, and nothing breaks. */
export function remember(key: string, value: string): void {
	try {
		localStorage.setItem(`rations.${key}`, value);
	} catch {
		/* private mode */
	}
}

export function recall(key: string): string | null {
	try {
		return localStorage.getItem(`rations.${key}`);
	} catch {
		return null;
	}
}
