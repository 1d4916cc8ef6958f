/*
 * Acts on requests: what they will look like is shown at once, what they came to when the answer
 * is there. What was done last can be taken back for a while.
 */
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError, buildUrl, send } from '@/api/client';
import type { ActProblem, DeskRequest } from '@/api/types';
import { foresee, UNDO, type Act } from './inbox-model';

const SHOWN_MS = 10_000;

export interface Toast {
	text: string;
	isBad: boolean;
	undo?: () => void;
}

interface Answer {
	outcome: string;
	request?: DeskRequest;
}

export function useActs(csrfToken: string, aheadMs: number, put: (row: DeskRequest) => void) {
	const { t } = useTranslation();
	const [toast, setToast] = useState<Toast | null>(null);
	const hide = useRef<ReturnType<typeof setTimeout>>(undefined);

	const show = (next: Toast | null) => {
		clearTimeout(hide.current);
		setToast(next);
		if (next) hide.current = setTimeout(() => setToast(null), SHOWN_MS);
	};

	/* The answer's row, or an error that says why not. */
	const order = async (row: DeskRequest, act: Act, forS: number): Promise<Answer> => {
		const url = buildUrl(`/api/v1/guilds/{guild_id}/requests/{request_id}/${act}`, {
			guild_id: row.guild.id,
			request_id: row.id,
		});
		const body = act === 'snooze' ? { for_s: forS } : {};
		return (await (await send('POST', url, csrfToken, body)).json()) as Answer;
	};

	const reasonOf = (error: unknown): string => {
		if (!(error instanceof ApiError)) return t('inbox.failed.unknown');
		const problem = error.problem as Partial<ActProblem> | null;
		const outcome = problem?.outcome;
		if (outcome === 'taken')
			return t('inbox.failed.taken', {
				name: problem?.request?.claimed_by?.name || t('inbox.somebody'),
			});
		if (outcome) return t(`inbox.failed.${outcome}`);
		return error.status === 404 ? t('inbox.failed.gone') : t('inbox.failed.unknown');
	};

	/* False: it failed, and the row is as it is known to be. */
	const actOnOne = async (row: DeskRequest, act: Act, forS: number) => {
		put(foresee(row, act, forS, Date.now() + aheadMs));
		try {
			const answer = await order(row, act, forS);
			if (answer.request) put(answer.request);
			return null;
		} catch (error) {
			const now = error instanceof ApiError && (error.problem as Partial<ActProblem> | null);
			put((now && now.request) || row);
			return error;
		}
	};

	const act = async (rows: DeskRequest[], what: Act, forS = 0, isUndo = false) => {
		const errors = await Promise.all(rows.map((row) => actOnOne(row, what, forS)));
		const done = rows.filter((_, index) => !errors[index]);
		const error = errors.find(Boolean);
		if (error) return show({ text: reasonOf(error), isBad: true });
		const undo = isUndo ? {} : { undo: () => void act(done, UNDO[what], 0, true) };
		const text = isUndo
			? t('inbox.undone')
			: t(`inbox.done.${what}`, { count: done.length, name: done[0]?.author.name ?? '' });
		show({ text, isBad: false, ...undo });
	};

	return { act, toast, hideToast: () => show(null) };
}
