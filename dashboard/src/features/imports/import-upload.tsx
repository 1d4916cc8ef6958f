/* Where files come in: chosen or dropped; or, when they are huge, put where backup-scheduler finds them. */
import { useRef, useState, type DragEvent, type FormEvent } from 'react';
import { Upload } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Panel } from '@/components/panel';
import { ProblemNotice } from '@/components/problem-notice';
import { useFormats } from '@/i18n/use-formats';
import { useRead, useUpload } from './use-imports';

type Uploading = ReturnType<typeof useUpload>;

function DropZone({ upload }: { upload: Uploading }) {
	const { t } = useTranslation();
	const input = useRef<HTMLInputElement>(null);
	const [isOver, setOver] = useState(false);
	const take = (files: FileList | null) => {
		if (files?.length && !upload.isPending) upload.mutate([...files]);
	};
	const onDrop = (event: DragEvent) => {
		event.preventDefault();
		setOver(false);
		take(event.dataTransfer.files);
	};
	return (
		<div
			className={`ra-imports__drop ${isOver ? 'is-over' : ''}`}
			onDragOver={(event) => {
				event.preventDefault();
				setOver(true);
			}}
			onDragLeave={() => setOver(false)}
			onDrop={onDrop}
		>
			<Upload size={24} aria-hidden="true" />
			<p>{t('imports.drop')}</p>
			<button
				type="button"
				className="ra-button is-primary"
				disabled={upload.isPending}
				onClick={() => input.current?.click()}
			>
				{t('imports.choose')}
			</button>
			<input
				ref={input}
				type="file"
				multiple
				hidden
				aria-label={t('imports.choose')}
				onChange={(event) => {
					take(event.target.files);
					event.target.value = '';
				}}
			/>
		</div>
	);
}

/* A file that lies there already, or the address of a database. */
function Elsewhere({ csrfToken }: { csrfToken: string }) {
	const { t } = useTranslation();
	const [where, setWhere] = useState('');
	const read = useRead(csrfToken);
	const onSubmit = (event: FormEvent) => {
		event.preventDefault();
		const isAddress = where.includes('://');
		const what = isAddress
			? { url: where, name: t('imports.database') }
			: { file: where.trim() };
		read.mutate(what, { onSuccess: () => setWhere('') });
	};
	return (
		<details className="ra-imports__elsewhere">
			<summary>{t('imports.elsewhere')}</summary>
			<p>{t('imports.elsewhere_how')}</p>
			<form onSubmit={onSubmit}>
				<input
					className="form-control"
					value={where}
					required
					maxLength={500}
					autoComplete="off"
					spellCheck={false}
					placeholder="export.json · mysql://user:password@host/database"
					aria-label={t('imports.elsewhere')}
					onChange={(event) => setWhere(event.target.value)}
				/>
				<button type="submit" className="ra-button" disabled={read.isPending}>
					{t('imports.look')}
				</button>
			</form>
			{read.error && <ProblemNotice error={read.error} />}
		</details>
	);
}

export function ImportUpload({ csrfToken }: { csrfToken: string }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const upload = useUpload(csrfToken);
	return (
		<Panel id="upload" title={t('imports.upload')} summary={t('imports.upload_lead')}>
			<DropZone upload={upload} />
			{upload.sending && (
				<div className="ra-imports__progress" role="status">
					<span>
						{t('imports.sending', {
							name: upload.sending.name,
							share: formats.percent(upload.sending.share),
						})}
					</span>
					<progress
						value={upload.sending.share}
						max={1}
						aria-label={upload.sending.name}
					/>
				</div>
			)}
			{upload.error && <ProblemNotice error={upload.error} />}
			<Elsewhere csrfToken={csrfToken} />
		</Panel>
	);
}
