/* Hands the browser a file made here. */
const BYTE_ORDER_MARK = '\ufeff'; /* without it Excel reads Cyrillic CSV as Latin */

export function downloadBlob(name: string, blob: Blob): void {
	const url = URL.createObjectURL(blob);
	const link = document.createElement('a');
	link.href = url;
	link.download = name;
	link.click();
	/* The click only starts the download. */
	setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

export function download(name: string, type: 'text/csv' | 'application/json', text: string): void {
	const body = type === 'text/csv' ? BYTE_ORDER_MARK + text : text;
	downloadBlob(name, new Blob([body], { type: `${type};charset=utf-8` }));
}
