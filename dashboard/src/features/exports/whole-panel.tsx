/* All of a server as a file: made on request, kept for a week, and put back by those who run the installation. */
import { useState, type FormEvent } from 'react';
import { Download, FileArchive, PackageOpen } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Guild, GuildFile, GuildFiles } from '@/api/types';
import { buildUrl } from '@/api/client';
import { useOut, useOutChange } from '@/api/use-out';
import { Dialog } from '@/components/dialog';
import { Panel } from '@/components/panel';
import { ProblemNotice } from '@/components/problem-notice';
import { Skeleton } from '@/components/skeleton';
import { useFormats } from '@/i18n/use-formats';

const EVERY_MS = 2000;
const WORD = 'restore';
const MEGABYTE = 1_000_000;

function RestoreDialog({
	file,
	guild,
	onClose,
}: {
	file: GuildFile;
	guild: Guild;
	onClose: () => void;
}) {
	const { t } = useTranslation();
	const formats = useFormats();
	const [word, setWord] = useState('');
	const put = useOutChange(guild.id);
	const submit = (event: FormEvent) => {
		event.preventDefault();
		put.mutate(
			{ method: 'POST', tail: `/files/${file.id}/restore`, body: { confirm: WORD } },
			{ onSuccess: onClose },
		);
	};
	return (
		<Dialog title={t('exports.whole.restore_title')} onClose={onClose}>
			<form className="ra-form" onSubmit={submit}>
				<p>
					{t('exports.whole.restore_what', {
						guild: guild.name,
						when: formats.dateTime(Date.parse(file.made_at), guild.timezone),
					})}
				</p>
				<label>
					{t('exports.whole.restore_word', { word: WORD })}
					<input
						className="form-control"
						value={word}
						autoComplete="off"
						spellCheck={false}
						onChange={(event) => setWord(event.target.value)}
					/>
				</label>
				{put.error && <ProblemNotice error={put.error} />}
				<div className="ra-form__actions">
					<button type="button" className="ra-button" onClick={onClose}>
						{t('common.cancel')}
					</button>
					<button
						type="submit"
						className="ra-button is-primary"
						disabled={word !== WORD || put.isPending}
					>
						{t('exports.whole.restore')}
					</button>
				</div>
			</form>
		</Dialog>
	);
}

interface FileRowProps {
	file: GuildFile;
	guild: Guild;
	mayRestore: boolean;
}

function FileRow({ file, guild, mayRestore }: FileRowProps) {
	const { t, i18n } = useTranslation();
	const formats = useFormats();
	const [isAsking, setAsking] = useState(false);
	const size = new Intl.NumberFormat(i18n.language, {
		style: 'unit',
		unit: 'megabyte',
		maximumFractionDigits: 1,
	});
	const when = formats.dateTime(Date.parse(file.made_at), guild.timezone);
	const url = buildUrl('/api/v1/guilds/{guild_id}/files/{id}', {
		guild_id: guild.id,
		id: file.id,
	});
	return (
		<tr>
			<td>{when}</td>
			<td>{t(`exports.whole.kind.${file.kind}`)}</td>
			<td className="is-number">{file.rows === null ? '—' : formats.count(file.rows)}</td>
			<td className="is-number">
				{file.size_bytes === null ? '—' : size.format(file.size_bytes / MEGABYTE)}
			</td>
			<td className="is-number">
				{file.state === 'ready' ? (
					<span className="ra-out__tools">
						<a
							className="ra-button"
							href={url}
							download
							aria-label={t('exports.whole.get_file', { when })}
						>
							<Download size={16} aria-hidden="true" />
							{t('exports.whole.get')}
						</a>
						{mayRestore && file.kind === 'guild' && (
							<button
								type="button"
								className="ra-button"
								onClick={() => setAsking(true)}
							>
								{t('exports.whole.restore')}
							</button>
						)}
					</span>
				) : (
					t(`exports.whole.state.${file.state}`)
				)}
				{isAsking && (
					<RestoreDialog file={file} guild={guild} onClose={() => setAsking(false)} />
				)}
			</td>
		</tr>
	);
}

/* What is being done, or what came of the last thing that was. */
function JobNote({ job }: { job: NonNullable<GuildFiles['job']> }) {
	const { t } = useTranslation();
	const formats = useFormats();
	if (job.state === 'failed')
		return (
			<p className="ra-notice is-warning" role="status">
				{t(`exports.whole.job.${job.kind}.failed`, { why: job.why })}
			</p>
		);
	if (job.state === 'cancelled') return null;
	return (
		<p className="ra-notice" role="status">
			{t(`exports.whole.job.${job.kind}.${job.state}`)}
			{job.state === 'running' &&
				job.progress !== null &&
				` ${formats.percent(job.progress)}`}
		</p>
	);
}

function FileTable({ data, guild }: { data: GuildFiles; guild: Guild }) {
	const { t } = useTranslation();
	const label = t('exports.whole.title');
	return (
		<div className="ra-table-scroll" tabIndex={0} role="region" aria-label={label}>
			<table className="ra-table">
				<caption className="visually-hidden">{label}</caption>
				<thead>
					<tr>
						<th scope="col">{t('exports.whole.made')}</th>
						<th scope="col">{t('exports.whole.what')}</th>
						<th scope="col" className="is-number">
							{t('exports.whole.rows')}
						</th>
						<th scope="col" className="is-number">
							{t('exports.whole.size')}
						</th>
						<th scope="col">
							<span className="visually-hidden">{t('exports.whole.get')}</span>
						</th>
					</tr>
				</thead>
				<tbody>
					{data.files.map((file) => (
						<FileRow
							key={file.id}
							file={file}
							guild={guild}
							mayRestore={data.may_restore}
						/>
					))}
				</tbody>
			</table>
		</div>
	);
}

export function WholePanel({ guild }: { guild: Guild }) {
	const { t } = useTranslation();
	const files = useOut('/api/v1/guilds/{guild_id}/files', guild.id, EVERY_MS);
	const make = useOutChange(guild.id);
	const { data } = files;
	const isBusy = data?.job?.state === 'waiting' || data?.job?.state === 'running';
	const ask = (format: 'rations' | 'open') =>
		make.mutate({ method: 'POST', tail: '/files', body: { format } });
	return (
		<Panel id="whole" title={t('exports.whole.title')}>
			<p className="ra-out__lead">{t('exports.whole.lead')}</p>
			{files.isPending && <Skeleton height={40} lines={2} />}
			{files.error && (
				<ProblemNotice error={files.error} onRetry={() => void files.refetch()} />
			)}
			{data && !data.may_make && <p>{t('exports.whole.owner')}</p>}
			{data?.may_make && (
				<>
					<div className="ra-out__actions">
						{(['rations', 'open'] as const).map((format) => (
							<button
								key={format}
								type="button"
								className="ra-button"
								disabled={isBusy || make.isPending}
								onClick={() => ask(format)}
							>
								{format === 'open' ? (
									<FileArchive size={16} aria-hidden="true" />
								) : (
									<PackageOpen size={16} aria-hidden="true" />
								)}
								{t(`exports.whole.make_${format}`)}
							</button>
						))}
					</div>
					{make.error && <ProblemNotice error={make.error} />}
					{data.job && <JobNote job={data.job} />}
					{data.files.length > 0 && <FileTable data={data} guild={guild} />}
				</>
			)}
		</Panel>
	);
}
