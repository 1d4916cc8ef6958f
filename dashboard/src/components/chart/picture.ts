/*
 * A chart as a picture that explains itself: title, what it is of and when, the drawing, the
 * legend. Drawn by hand, because the drawing on the screen is all there is without the page.
 */
import { paint } from './plot';

export interface Picture {
	title: string;
	/** whose, and of what time */
	subtitle: string;
	legend: { label: string; /** CSS custom property */ color: string }[];
}

const MARGIN = 24;
const HEAD = 64;
const FOOT = 44;

/** The drawing of the panel with this id; null while there is none. */
export function drawingOf(panelId: string): HTMLCanvasElement | null {
	return document.getElementById(panelId)?.querySelector('canvas') ?? null;
}

function drawLegend(ctx: CanvasRenderingContext2D, picture: Picture, y: number): void {
	let x = MARGIN;
	ctx.font = `12px ${paint('--bs-body-font-family')}`;
	for (const { label, color } of picture.legend) {
		ctx.fillStyle = paint(color);
		ctx.fillRect(x, y - 9, 10, 10);
		ctx.fillStyle = paint('--ra-text-2');
		ctx.fillText(label, x + 16, y);
		x += ctx.measureText(label).width + 40;
	}
}

/** Twice as sharp as a screen needs, on the background of the theme one looks at. */
export function pictureOf(drawing: HTMLCanvasElement, picture: Picture): Promise<Blob | null> {
	const scale = 2;
	const width = drawing.clientWidth + 2 * MARGIN;
	const height = drawing.clientHeight + HEAD + FOOT + MARGIN;
	const canvas = document.createElement('canvas');
	canvas.width = width * scale;
	canvas.height = height * scale;
	const ctx = canvas.getContext('2d');
	if (!ctx) return Promise.resolve(null);
	ctx.scale(scale, scale);
	ctx.fillStyle = paint('--ra-surface') || '#fff';
	ctx.fillRect(0, 0, width, height);
	ctx.fillStyle = paint('--ra-text');
	ctx.font = `600 18px ${paint('--bs-body-font-family')}`;
	ctx.fillText(picture.title, MARGIN, MARGIN + 12, width - 2 * MARGIN);
	ctx.fillStyle = paint('--ra-text-3');
	ctx.font = `13px ${paint('--bs-body-font-family')}`;
	ctx.fillText(picture.subtitle, MARGIN, MARGIN + 34, width - 2 * MARGIN);
	ctx.drawImage(drawing, MARGIN, HEAD + 12, drawing.clientWidth, drawing.clientHeight);
	drawLegend(ctx, picture, height - MARGIN + 4);
	return new Promise((resolve) => canvas.toBlob(resolve, 'image/png'));
}
