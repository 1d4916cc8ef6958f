import { useState } from 'react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { ApiError, buildUrl, get, send } from '@/api/client';
import type { ImportRow } from '@/api/types';

const KEY = ['imports'];
const BUSY_MS = 1000;
const IDLE_MS = 10_000;
/** Of a file, in one request (RA_TRANSFER_UP_BYTES). */
const PIECE_BYTES = 512 * 1024;

export const isBusy = (row: ImportRow) =>
	row.job !== null && (row.job.state === 'waiting' || row.job.state === 'running');

/** Asked again while somebody looks, oftener while something is done. */
export function useImports() {
	return useQuery({
		queryKey: KEY,
		queryFn: ({ signal }) => get('/api/v1/imports', { signal }),
		refetchInterval: ({ state: { data } }) =>
			data && (data.waiting.length > 0 || data.imports.some(isBusy)) ? BUSY_MS : IDLE_MS,
	});
}

type Order = { kind: 'run' | 'drop'; id: string } | { kind: 'cancel'; job: string };

const sendOrder = (csrfToken: string, order: Order) =>
	order.kind === 'cancel'
		? send('POST', buildUrl('/api/v1/jobs/{job_id}/cancel', { job_id: order.job }), csrfToken)
		: order.kind === 'run'
			? send(
					'POST',
					buildUrl('/api/v1/imports/{import_id}/run', { import_id: order.id }),
					csrfToken,
				)
			: send(
					'DELETE',
					buildUrl('/api/v1/imports/{import_id}', { import_id: order.id }),
					csrfToken,
				);

export function useOrder(csrfToken: string) {
	const client = useQueryClient();
	return useMutation({
		mutationFn: (order: Order) => sendOrder(csrfToken, order),
		onSettled: () => client.invalidateQueries({ queryKey: KEY }),
	});
}

/** Of what is not uploaded: a file that lies there already, or a database. */
export function useRead(csrfToken: string) {
	const client = useQueryClient();
	return useMutation({
		mutationFn: (what: { file: string } | { url: string; name: string }) =>
			send('POST', buildUrl('/api/v1/imports'), csrfToken, what),
		onSettled: () => client.invalidateQueries({ queryKey: KEY }),
	});
}

interface Taken {
	upload: string;
	received: number;
}

async function sendPiece(
	file: File,
	at: number,
	upload: string | null,
	csrfToken: string,
): Promise<Taken> {
	const url = buildUrl(
		'/api/v1/backups/file',
		{},
		{ upload, offset: at, size: file.size, import: file.name.slice(0, 100) },
	);
	const response = await fetch(url, {
		method: 'PUT',
		credentials: 'same-origin',
		headers: { 'x-csrf-token': csrfToken, 'content-type': 'application/octet-stream' },
		body: file.slice(at, at + PIECE_BYTES),
	});
	/* 409 tells where it goes on. */
	if (response.ok || response.status === 409) return (await response.json()) as Taken;
	throw new ApiError(response.status, await response.json().catch(() => null));
}

async function sendFile(file: File, csrfToken: string, onSent: (bytes: number) => void) {
	let upload: string | null = null;
	let at = 0;
	while (at < file.size) {
		const taken: Taken = await sendPiece(file, at, upload, csrfToken);
		({ upload, received: at } = taken);
		onSent(at);
	}
}

export interface Sending {
	name: string;
	share: number;
}

/** One file after the other, each read as soon as it is there. */
export function useUpload(csrfToken: string) {
	const client = useQueryClient();
	const [sending, setSending] = useState<Sending | null>(null);
	const upload = useMutation({
		mutationFn: async (files: File[]) => {
			for (const file of files) {
				setSending({ name: file.name, share: 0 });
				await sendFile(file, csrfToken, (sent) =>
					setSending({ name: file.name, share: sent / file.size }),
				);
				await client.invalidateQueries({ queryKey: KEY });
			}
		},
		onSettled: () => {
			setSending(null);
			return client.invalidateQueries({ queryKey: KEY });
		},
	});
	return { ...upload, sending };
}
