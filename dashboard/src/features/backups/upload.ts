/* A file in pieces: where one does not arrive, it goes on where the server says it stands. */
import { ApiError, buildUrl, request } from '@/api/client';
import type { UploadedPiece } from '@/api/types';

const PIECE_BYTES = 512 * 1024;
const TRIES = 5;

function standing(error: unknown): UploadedPiece | null {
	if (!(error instanceof ApiError) || error.status !== 409) return null;
	return error.problem as unknown as UploadedPiece | null;
}

/** Resolves when the server has all of it; a job there judges it then. */
export async function upload(
	file: File,
	csrfToken: string,
	onProgress: (share: number) => void,
	signal: AbortSignal,
): Promise<void> {
	let received = 0;
	let id: string | undefined;
	let failures = 0;
	while (received < file.size) {
		const query = { offset: received, size: file.size, upload: id };
		const url = buildUrl('/api/v1/backups/file', {}, query);
		try {
			const piece = file.slice(received, received + PIECE_BYTES);
			const headers = {
				'x-csrf-token': csrfToken,
				'content-type': 'application/octet-stream',
			};
			const response = await request(url, { method: 'PUT', headers, body: piece, signal });
			const answer = (await response.json()) as UploadedPiece;
			received = answer.received;
			id = answer.upload;
			failures = 0;
		} catch (error) {
			const stands = standing(error);
			const isFinal = error instanceof ApiError && error.status >= 400 && error.status < 500;
			if (signal.aborted || ++failures >= TRIES || (isFinal && !stands)) throw error;
			if (stands) received = stands.received;
			else await new Promise((resolve) => setTimeout(resolve, 1000 * failures));
		}
		onProgress(received / file.size);
	}
}
