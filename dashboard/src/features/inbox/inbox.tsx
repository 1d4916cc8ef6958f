/*
 * Requests that wait, over all my servers: a list one works off by keyboard, kept up to date by
 * the stream. What is focused is where the keys act; what is selected goes before it.
 */
import { useCallback, useEffect, useRef, useState } from 'react';
import { Bell, BellOff, Keyboard, Volume2, VolumeX } from 'lucide-react';
import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useMe } from '@/api/use-me';
import type { DeskRequest, Inbox as Answer, Me } from '@/api/types';
import { MemberPage } from '@/components/member-page';
import { ProblemNotice } from '@/components/problem-notice';
import { Skeleton } from '@/components/skeleton';
import { useHotkeys } from '@/lib/hotkeys';
import { Filters, useWish } from './filters';
import { HelpDialog } from './help-dialog';
import {
	groupsOf,
	isFiltered,
	keyOf,
	nextTurnMs,
	stageOf,
	type Act,
	type Group,
} from './inbox-model';
import { Nothing } from './nothing';
import { RequestLine, SNOOZES } from './request-line';
import { useActs, type Toast } from './use-acts';
import { useAlarm, type Alarm } from './use-alarm';
import { useInbox } from './use-inbox';
import './inbox.scss';

const MAX_TURN_MS = 3_600_000;

/* The time as the groups need it: it moves when a row turns from one stage to the next. */
function useTurns(rows: DeskRequest[], aheadMs: number): number {
	const [nowMs, setNow] = useState(Date.now);
	useEffect(() => {
		const waitMs = nextTurnMs(rows, Date.now() + aheadMs) - Date.now() - aheadMs;
		const timer = setTimeout(() => setNow(Date.now()), Math.min(MAX_TURN_MS, waitMs + 50));
		return () => clearTimeout(timer);
	}, [rows, aheadMs, nowMs]);
	return nowMs + aheadMs;
}

function AlarmButton({ alarm, isOn, onTurn }: { alarm: Alarm; isOn: boolean; onTurn: () => void }) {
	const { t } = useTranslation();
	const Icon = alarm === 'sound' ? (isOn ? Volume2 : VolumeX) : isOn ? Bell : BellOff;
	return (
		<button
			type="button"
			className="ra-icon-button"
			aria-pressed={isOn}
			aria-label={t(`inbox.alarm.${alarm}`)}
			title={t(`inbox.alarm.${alarm}`)}
			onClick={onTurn}
		>
			<Icon size={18} aria-hidden="true" />
		</button>
	);
}

function ToastBox({ toast, onHide }: { toast: Toast | null; onHide: () => void }) {
	const { t } = useTranslation();
	return (
		<div className="ra-inbox__toast" role="status">
			{toast && (
				<p className={toast.isBad ? 'is-bad' : ''}>
					<span>{toast.text}</span>
					{toast.undo && (
						<button
							type="button"
							className="ra-button"
							onClick={() => {
								onHide();
								toast.undo?.();
							}}
						>
							{t('inbox.undo')} <kbd>Z</kbd>
						</button>
					)}
				</p>
			)}
		</div>
	);
}

interface WorkProps {
	answer: Answer;
	groups: Group[];
	me: Me;
	aheadMs: number;
	acts: ReturnType<typeof useActs>;
}

/* The list and its keys. */
function Work({ groups, me, aheadMs, acts }: WorkProps) {
	const { t } = useTranslation();
	const [focused, setFocused] = useState({ key: '', index: 0 });
	const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
	const [isHelpOpen, setHelpOpen] = useState(false);
	const list = useRef<HTMLDivElement>(null);

	const rows = groups.flatMap((group) => group.rows);
	const known = useRef(rows);
	const found = rows.findIndex((row) => keyOf(row) === focused.key);
	/* When the row one stood on has gone, the next one has its place. */
	const index = found >= 0 ? found : Math.min(focused.index, rows.length - 1);
	const current = rows[index];
	useEffect(() => {
		known.current = rows;
	});

	const focusOn = (row: DeskRequest) =>
		list.current?.querySelector<HTMLElement>(`[data-key="${keyOf(row)}"]`)?.focus();

	/* The focus stays in the list when its row leaves it. */
	const hadFocus = useRef(false);
	useEffect(() => {
		const isLost = document.activeElement === document.body;
		if (hadFocus.current && isLost && current) focusOn(current);
		hadFocus.current = !!list.current?.contains(document.activeElement);
	});

	const chosen = rows.filter((row) => selected.has(keyOf(row)));
	const { act: actOn } = acts;
	const act = (what: Act, forS = 0) => {
		const on = chosen.length ? chosen : current ? [current] : [];
		setSelected(new Set());
		if (on.length) void actOn(on, what, forS);
	};
	const onAct = useCallback(
		(row: DeskRequest, what: Act, forS = 0) => void actOn([row], what, forS),
		// eslint-disable-next-line react-hooks/exhaustive-deps -- made anew with every toast
		[],
	);
	const onFocus = useCallback((key: string) => {
		const index = known.current.findIndex((row) => keyOf(row) === key);
		setFocused({ key, index });
	}, []);
	const onSelect = useCallback(
		(key: string) =>
			setSelected((now) => {
				const next = new Set(now);
				if (!next.delete(key)) next.add(key);
				return next;
			}),
		[],
	);
	const step = (by: number) => {
		const next = rows[Math.max(0, Math.min(rows.length - 1, found < 0 ? index : index + by))];
		if (next) focusOn(next);
	};

	const isMine = current?.claimed_by?.id === me.id;
	const KEYS: Record<string, () => void> = {
		j: () => step(1),
		k: () => step(-1),
		arrowdown: () => step(1),
		arrowup: () => step(-1),
		c: () => act(isMine && !chosen.length ? 'unclaim' : 'claim'),
		r: () => act('resolve'),
		n: () => act('not-a-request'),
		s: () => act('snooze', SNOOZES[1]),
		o: () => current && window.open(current.url, '_blank', 'noreferrer'),
		x: () => current && onSelect(keyOf(current)),
		z: () => {
			acts.hideToast();
			acts.toast?.undo?.();
		},
		'?': () => setHelpOpen(true),
	};
	useHotkeys((key) => {
		const handle = KEYS[key];
		handle?.();
		return !!handle;
	});

	return (
		<>
			<div ref={list}>
				{groups.map((group) => (
					<section key={group.stage} className={`ra-inbox__group is-${group.stage}`}>
						<h2>
							{t(`inbox.stage.${group.stage}`)} <span>{group.rows.length}</span>
						</h2>
						<ul>
							{group.rows.map((row) => (
								<RequestLine
									key={keyOf(row)}
									row={row}
									me={me.id}
									aheadMs={aheadMs}
									isCurrent={row === current}
									isSelected={selected.has(keyOf(row))}
									onFocus={onFocus}
									onSelect={onSelect}
									onAct={onAct}
								/>
							))}
						</ul>
					</section>
				))}
			</div>
			<button
				type="button"
				className="ra-button ra-inbox__help"
				onClick={() => setHelpOpen(true)}
			>
				<Keyboard size={16} aria-hidden="true" />
				{t('inbox.keys.title')}
			</button>
			{isHelpOpen && <HelpDialog onClose={() => setHelpOpen(false)} />}
		</>
	);
}

function Loaded({ me }: { me: Me }) {
	const { t } = useTranslation();
	const queries = useQueryClient();
	const alarm = useAlarm();
	const [said, say] = useState('');
	const { inbox, isLive, aheadMs, put } = useInbox(me.id, (row) => {
		alarm.ring(row);
		say(t('inbox.new_request', { name: row.author.name || t('inbox.somebody') }));
	});
	const acts = useActs(me.csrf_token, aheadMs, put);
	const [wish, change] = useWish();
	const rows = inbox.data?.rows;
	const nowMs = useTurns(rows ?? [], aheadMs);
	const groups = groupsOf(rows ?? [], wish, me.id, nowMs);

	const stages = (rows ?? []).map((row) => stageOf(row, me.id, nowMs));
	const open = stages.filter(
		(stage) => stage !== 'snoozed' && stage !== 'mine' && stage !== 'old',
	).length;
	const overdue = stages.filter((stage) => stage === 'overdue').length;
	useEffect(() => {
		document.title = `${open ? `(${open}) ` : ''}${t('inbox.title')} · Rations`;
		/* the badge of the header shows the same */
		if (rows)
			queries.setQueryData(['inbox-count'], (known: object | undefined) => ({
				...known,
				open,
				overdue,
			}));
	}, [open, overdue, rows, t, queries]);

	if (!inbox.data)
		return inbox.error ? (
			<ProblemNotice error={inbox.error} onRetry={() => void inbox.refetch()} />
		) : (
			<Skeleton height={48} lines={6} />
		);
	const hidden = inbox.data.total - inbox.data.rows.length;
	return (
		<>
			<header className="ra-inbox__head">
				<h1>{t('inbox.title')}</h1>
				<span className={`ra-inbox__pulse${isLive ? ' is-live' : ''}`}>
					{t(isLive ? 'inbox.live' : 'inbox.connecting')}
				</span>
				<span className="ra-inbox__alarms">
					{(['sound', 'notification'] as const).map((one) => (
						<AlarmButton
							key={one}
							alarm={one}
							isOn={alarm.isOn[one]}
							onTurn={() => void alarm.turn(one)}
						/>
					))}
				</span>
			</header>
			{alarm.isDenied && <p className="ra-notice is-warning">{t('inbox.alarm.denied')}</p>}
			<Filters inbox={inbox.data} wish={wish} onChange={change} />
			<p className="visually-hidden" role="status">
				{said}
			</p>
			{groups.length > 0 ? (
				<Work answer={inbox.data} groups={groups} me={me} aheadMs={aheadMs} acts={acts} />
			) : (
				<Nothing
					inbox={inbox.data}
					onClear={
						isFiltered(wish) && inbox.data.rows.length
							? () =>
									change({
										guild: '',
										channel: '',
										priority: '',
										kind: '',
										stage: '',
									})
							: null
					}
				/>
			)}
			{hidden > 0 && <p className="ra-range">{t('inbox.more', { count: hidden })}</p>}
			<ToastBox toast={acts.toast} onHide={acts.hideToast} />
		</>
	);
}

export function Inbox() {
	const me = useMe();
	return <MemberPage>{me.data && <Loaded me={me.data} />}</MemberPage>;
}
