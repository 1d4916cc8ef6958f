/* A picture, or the first letters on a colour that stays the same for the same id. */
import { useState } from 'react';

interface AvatarProps {
	id: string;
	name: string;
	url: string | null;
	size?: number;
	shape?: 'round' | 'squircle';
}

const HUES = [172, 205, 248, 285, 330, 18, 55, 145];

export function initials(name: string): string {
	const words = name.match(/[\p{L}\p{N}]+/gu) ?? [];
	const letters = words.slice(0, 2).map((word) => [...word][0] ?? '');
	return letters.join('').toUpperCase() || '?';
}

export function Avatar({ id, name, url, size = 24, shape = 'round' }: AvatarProps) {
	const [brokenUrl, setBrokenUrl] = useState<string | null>(null);
	const box = { width: size, height: size };
	if (url && url !== brokenUrl)
		return (
			<img
				className={`ra-avatar is-${shape}`}
				src={url}
				alt=""
				loading="lazy"
				style={box}
				onError={() => setBrokenUrl(url)}
			/>
		);
	const hue = HUES[Number(id.slice(-4)) % HUES.length] ?? 172;
	return (
		<span
			className={`ra-avatar is-${shape}`}
			aria-hidden="true"
			data-letters={initials(name)}
			style={{ ...box, fontSize: size * 0.38, '--ra-hue': hue }}
		/>
	);
}
