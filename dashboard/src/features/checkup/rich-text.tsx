/* A sentence in which `commands` are set as such, and addresses can be followed. */
const PIECES = /(`[^`]+`|https?:\/\/[^\s,;)]*[^\s,;).])/;

export function RichText({ text }: { text: string }) {
	return text.split(PIECES).map((piece, at) => {
		if (piece.startsWith('`')) return <code key={at}>{piece.slice(1, -1)}</code>;
		if (/^https?:/.test(piece))
			return (
				<a key={at} href={piece} target="_blank" rel="noreferrer">
					{piece}
				</a>
			);
		return piece;
	});
}
