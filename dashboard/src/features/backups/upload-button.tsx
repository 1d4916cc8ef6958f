/* A file from somewhere else, checked before it is listed. */
import { useEffect, useRef, useState } from 'react';
import { Upload } from 'lucide-react';
import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useMe } from '@/api/use-me';
import { ProblemNotice } from '@/components/problem-notice';
import { useFormats } from '@/i18n/use-formats';
import { upload } from './upload';

export function UploadButton() {
	const { t } = useTranslation();
	const formats = useFormats();
	const queries = useQueryClient();
	const me = useMe();
	const input = useRef<HTMLInputElement>(null);
	const running = useRef<AbortController | null>(null);
	const [share, setShare] = useState<number | null>(null);
	const [error, setError] = useState<Error | null>(null);
	useEffect(() => () => running.current?.abort(), []);

	const begin = async (file: File) => {
		const control = (running.current = new AbortController());
		setError(null);
		setShare(0);
		try {
			await upload(file, me.data?.csrf_token ?? '', setShare, control.signal);
			await queries.invalidateQueries({ queryKey: ['backups'] });
		} catch (problem) {
			if (!control.signal.aborted) setError(problem as Error);
		}
		setShare(null);
	};
	return (
		<>
			<input
				ref={input}
				type="file"
				accept=".rations"
				hidden
				onChange={(event) => {
					const [file] = event.target.files ?? [];
					event.target.value = '';
					if (file) void begin(file);
				}}
			/>
			<button
				type="button"
				className="ra-button"
				onClick={() => (share === null ? input.current?.click() : running.current?.abort())}
			>
				<Upload size={16} aria-hidden="true" />
				{share === null
					? t('backups.upload')
					: t('backups.uploading', { share: formats.percent(share) })}
			</button>
			{error && <ProblemNotice error={error} />}
		</>
	);
}
