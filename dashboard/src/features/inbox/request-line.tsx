/* One request: since when, by when, who, where, and what can be done about it. */
import { memo } from 'react';
import { AlarmClock, Ban, Check, ExternalLink, Hand, Undo2, type LucideIcon } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { DeskRequest } from '@/api/types';
import { Avatar } from '@/components/avatar';
import { Menu, MenuItem } from '@/components/menu';
import { keyOf, type Act } from './inbox-model';
import { Countdown, Waiting } from './ticking';

export const SNOOZES = [900, 3600, 10_800, 86_400] as const;
const PRIORITIES = ['low', 'normal', 'high', 'urgent'] as const;

interface ActionProps {
	icon: LucideIcon;
	text: string;
	hotkey: string;
	onAct: () => void;
}

function Action({ icon: Icon, text, hotkey, onAct }: ActionProps) {
	return (
		<button
			type="button"
			className="ra-icon-button"
			tabIndex={-1}
			aria-label={text}
			title={`${text} (${hotkey.toUpperCase()})`}
			onClick={onAct}
		>
			<Icon size={16} aria-hidden="true" />
		</button>
	);
}

interface RequestLineProps {
	row: DeskRequest;
	me: string;
	aheadMs: number;
	isCurrent: boolean;
	isSelected: boolean;
	onFocus: (key: string) => void;
	onSelect: (key: string) => void;
	onAct: (row: DeskRequest, act: Act, forS?: number) => void;
}

function Acts({ row, me, onAct }: Pick<RequestLineProps, 'row' | 'me' | 'onAct'>) {
	const { t } = useTranslation();
	const isMine = row.claimed_by?.id === me;
	return (
		<span className="ra-request__acts">
			{isMine ? (
				<Action
					icon={Undo2}
					text={t('inbox.act.unclaim')}
					hotkey="c"
					onAct={() => onAct(row, 'unclaim')}
				/>
			) : (
				<Action
					icon={Hand}
					text={t('inbox.act.claim')}
					hotkey="c"
					onAct={() => onAct(row, 'claim')}
				/>
			)}
			<Action
				icon={Check}
				text={t('inbox.act.resolve')}
				hotkey="r"
				onAct={() => onAct(row, 'resolve')}
			/>
			<Action
				icon={Ban}
				text={t('inbox.act.not-a-request')}
				hotkey="n"
				onAct={() => onAct(row, 'not-a-request')}
			/>
			{row.state === 'open' && (
				<Menu
					className="ra-icon-button"
					label={t('inbox.act.snooze')}
					trigger={<AlarmClock size={16} aria-hidden="true" />}
				>
					{row.snoozed_until && (
						<MenuItem onPick={() => onAct(row, 'snooze', 0)}>
							{t('inbox.snooze.0')}
						</MenuItem>
					)}
					{SNOOZES.map((forS) => (
						<MenuItem key={forS} onPick={() => onAct(row, 'snooze', forS)}>
							{t(`inbox.snooze.${forS}`)}
						</MenuItem>
					))}
				</Menu>
			)}
			<a
				className="ra-icon-button"
				href={row.url}
				target="_blank"
				rel="noreferrer"
				tabIndex={-1}
				aria-label={t('inbox.act.open')}
				title={`${t('inbox.act.open')} (O)`}
			>
				<ExternalLink size={16} aria-hidden="true" />
			</a>
		</span>
	);
}

function Place({ row }: { row: DeskRequest }) {
	return (
		<span className="ra-request__where">
			<Avatar
				id={row.guild.id}
				name={row.guild.name}
				url={row.guild.icon_url}
				size={18}
				shape="squircle"
			/>
			<bdi>{row.guild.name}</bdi>
			<bdi className="ra-request__channel">#{row.parent?.name ?? row.channel.name}</bdi>
		</span>
	);
}

function Words({ row, me }: { row: DeskRequest; me: string }) {
	const { t } = useTranslation();
	return (
		<span className="ra-request__words">
			<strong>
				<bdi>{row.author.name || t('inbox.somebody')}</bdi>
			</strong>
			{row.priority > 2 && (
				<em className={`ra-tag is-${PRIORITIES[row.priority - 1]}`}>
					{t(`inbox.priority.${row.priority as 1 | 2 | 3 | 4}`)}
				</em>
			)}
			{row.messages > 1 && (
				<em className="ra-tag">{t('inbox.messages', { count: row.messages })}</em>
			)}
			{row.reopened > 0 && <em className="ra-tag">{t('inbox.reopened')}</em>}
			{row.claimed_by && row.claimed_by.id !== me && (
				<em className="ra-tag">
					{t('inbox.claimed_by', { name: row.claimed_by.name || t('inbox.somebody') })}
				</em>
			)}
			<span className="ra-request__excerpt">
				{row.excerpt || t(`inbox.kind.${row.kind}`, { rule: row.rule?.name ?? '' })}
			</span>
		</span>
	);
}

export const RequestLine = memo(function RequestLine(props: RequestLineProps) {
	const { row, me, aheadMs, isCurrent, isSelected, onFocus, onSelect, onAct } = props;
	const { t } = useTranslation();
	const key = keyOf(row);
	const name = row.author.name || t('inbox.somebody');
	return (
		<li
			className={`ra-request${isCurrent ? ' is-current' : ''}${isSelected ? ' is-selected' : ''}`}
			tabIndex={isCurrent ? 0 : -1}
			data-key={key}
			aria-current={isCurrent || undefined}
			onFocus={() => onFocus(key)}
		>
			<input
				type="checkbox"
				className="form-check-input"
				tabIndex={-1}
				checked={isSelected}
				aria-label={t('inbox.select', { name })}
				onChange={() => onSelect(key)}
			/>
			<Waiting row={row} aheadMs={aheadMs} />
			<Countdown row={row} aheadMs={aheadMs} />
			<Words row={row} me={me} />
			<Place row={row} />
			<Acts row={row} me={me} onAct={onAct} />
		</li>
	);
});
