import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { buildUrl, get, send } from '@/api/client';
import type { BackupJob, BackupPreview, BackupSettings } from '@/api/types';
import { useMe } from '@/api/use-me';

const BUSY_MS = 1000;
const IDLE_MS = 15_000;

export const isOpen = (job: BackupJob) => job.state === 'waiting' || job.state === 'running';

/** Asked again while somebody looks; often while something is being done. */
export function useBackups() {
	return useQuery({
		queryKey: ['backups'],
		queryFn: ({ signal }) => get('/api/v1/backups', { signal }),
		refetchInterval: ({ state }) => (state.data?.jobs.some(isOpen) ? BUSY_MS : IDLE_MS),
	});
}

interface Order {
	method: 'POST' | 'DELETE';
	/** below /api/v1 */
	path: string;
	body?: unknown;
}

/** Something asked of backup-scheduler; what comes of it is a job of the list. */
export function useOrder() {
	const queries = useQueryClient();
	const me = useMe();
	return useMutation({
		mutationFn: ({ method, path, body }: Order) =>
			send(method, buildUrl(`/api/v1${path}`), me.data?.csrf_token ?? '', body),
		/* it becomes a job in a moment */
		onSuccess: async () => {
			await new Promise((resolve) => setTimeout(resolve, 300));
			await queries.invalidateQueries({ queryKey: ['backups'] });
		},
	});
}

export function useSettings() {
	return useQuery({
		queryKey: ['backups', 'settings'],
		queryFn: ({ signal }) => get('/api/v1/backups/settings', { signal }),
	});
}

export function useSaveSettings() {
	const queries = useQueryClient();
	const me = useMe();
	return useMutation({
		mutationFn: (settings: BackupSettings) =>
			send('PUT', buildUrl('/api/v1/backups/settings'), me.data?.csrf_token ?? '', settings),
		onSuccess: () => queries.invalidateQueries({ queryKey: ['backups'] }),
	});
}

/** What such settings would come to. */
export function usePreview(settings: BackupSettings) {
	const me = useMe();
	const token = me.data?.csrf_token;
	return useQuery({
		queryKey: ['backups', 'preview', settings],
		enabled: Boolean(token),
		retry: false,
		placeholderData: keepPreviousData,
		queryFn: async ({ signal }): Promise<BackupPreview> => {
			const url = buildUrl('/api/v1/backups/settings/preview');
			const response = await send('POST', url, token ?? '', settings, signal);
			return (await response.json()) as BackupPreview;
		},
	});
}
