/* Who changed what, when, and how it was before. */
import { useState } from 'react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { get, type Answer } from '@/api/client';
import { GuildPage } from '@/components/guild/guild-page';
import { Panel } from '@/components/panel';
import { ProblemNotice } from '@/components/problem-notice';
import { Skeleton } from '@/components/skeleton';
import { useFormats } from '@/i18n/use-formats';
import { differences, membersIn } from './differences';
import { actionKey, useWords } from './use-words';
import './audit.scss';

const PATH = '/api/v1/guilds/{guild_id}/audit';
const ROWS = 25;
type Page = Answer<typeof PATH>;
type Row = Page['rows'][number];

function useAudit(guildId: string, actor: string, action: string, offset: number) {
	return useQuery({
		queryKey: ['guild', guildId, 'audit', actor, action, offset],
		queryFn: ({ signal }) =>
			get(PATH, {
				ids: { guild_id: guildId },
				query: { limit: ROWS, offset, ...(actor && { actor }), ...(action && { action }) },
				signal,
			}),
		placeholderData: keepPreviousData,
	});
}

interface AuditRowProps {
	row: Row;
	zone: string;
	words: ReturnType<typeof useWords>;
}

function AuditRow({ row, zone, words }: AuditRowProps) {
	const { t } = useTranslation();
	const formats = useFormats();
	const actor = row.actor.id === '0' ? t('audit.rations') : row.actor.name || row.actor.id;
	return (
		<tr>
			<td>
				<time dateTime={row.at}>{formats.dateTime(Date.parse(row.at), zone)}</time>
			</td>
			<td>
				<bdi>{actor}</bdi>
			</td>
			<td>
				{t(`audit.action.${actionKey(row.action)}`, { defaultValue: row.action })}
				{row.target && (
					<>
						{' '}
						<bdi className="ra-audit__target">{row.target}</bdi>
					</>
				)}
				<ul className="ra-audit__changes">
					{differences(row.before, row.after).map(({ name, before, after }) => (
						<li key={name}>
							{words.nameOf(name)}: <del>{words.valueOf(name, before)}</del> →{' '}
							<ins>{words.valueOf(name, after)}</ins>
						</li>
					))}
				</ul>
			</td>
		</tr>
	);
}

interface FiltersProps {
	page: Page | undefined;
	actor: string;
	action: string;
	onActor: (id: string) => void;
	onAction: (action: string) => void;
}

function Filters({ page, actor, action, onActor, onAction }: FiltersProps) {
	const { t } = useTranslation();
	return (
		<div className="ra-audit__filters">
			<select
				className="form-control"
				aria-label={t('audit.who')}
				value={actor}
				onChange={(event) => onActor(event.target.value)}
			>
				<option value="">{t('audit.everybody')}</option>
				{page?.actors.map((one) => (
					<option key={one.id} value={one.id}>
						{one.name || one.id}
					</option>
				))}
			</select>
			<select
				className="form-control"
				aria-label={t('audit.what')}
				value={action}
				onChange={(event) => onAction(event.target.value)}
			>
				<option value="">{t('audit.everything')}</option>
				{page?.actions.map((name) => (
					<option key={name} value={name}>
						{t(`audit.action.${actionKey(name)}`, { defaultValue: name })}
					</option>
				))}
			</select>
		</div>
	);
}

function AuditPanel({ guildId, zone }: { guildId: string; zone: string }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const [actor, setActor] = useState('');
	const [action, setAction] = useState('');
	const [offset, setOffset] = useState(0);
	const page = useAudit(guildId, actor, action, offset);
	const total = page.data?.total ?? 0;
	const named = page.data?.rows.flatMap((row) => membersIn(differences(row.before, row.after)));
	const words = useWords(guildId, zone, [...new Set(named)]);
	const restart = (change: () => void) => {
		change();
		setOffset(0);
	};
	return (
		<Panel
			id="audit"
			title={t('page.audit')}
			isStale={page.isPlaceholderData}
			controls={
				<Filters
					page={page.data}
					actor={actor}
					action={action}
					onActor={(id) => restart(() => setActor(id))}
					onAction={(name) => restart(() => setAction(name))}
				/>
			}
		>
			{page.isPending && <Skeleton height={120} lines={4} />}
			{page.error && <ProblemNotice error={page.error} onRetry={() => void page.refetch()} />}
			{page.data && total === 0 && <p className="ra-empty">{t('audit.empty')}</p>}
			{page.data && total > 0 && (
				<div
					className="ra-table-scroll"
					tabIndex={0}
					role="region"
					aria-label={t('page.audit')}
				>
					<table className="ra-table ra-audit__table">
						<thead>
							<tr>
								<th scope="col">{t('audit.when')}</th>
								<th scope="col">{t('audit.who')}</th>
								<th scope="col">{t('audit.what')}</th>
							</tr>
						</thead>
						<tbody>
							{page.data.rows.map((row) => (
								<AuditRow key={row.id} row={row} zone={zone} words={words} />
							))}
						</tbody>
					</table>
				</div>
			)}
			{total > ROWS && (
				<div className="ra-audit__pages">
					<button
						type="button"
						className="ra-button"
						disabled={offset === 0}
						onClick={() => setOffset(offset - ROWS)}
					>
						{t('audit.newer')}
					</button>
					<span>
						{t('audit.of', {
							from: formats.count(offset + 1),
							to: formats.count(Math.min(offset + ROWS, total)),
							total: formats.count(total),
						})}
					</span>
					<button
						type="button"
						className="ra-button"
						disabled={offset + ROWS >= total}
						onClick={() => setOffset(offset + ROWS)}
					>
						{t('audit.older')}
					</button>
				</div>
			)}
		</Panel>
	);
}

export function Audit({ guildId }: { guildId: string }) {
	const { t } = useTranslation();
	return (
		<GuildPage guildId={guildId} page="audit" lead={t('audit.lead')} hasRange={false}>
			{(guild) => <AuditPanel guildId={guildId} zone={guild.timezone} />}
		</GuildPage>
	);
}
