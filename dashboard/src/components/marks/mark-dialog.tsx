/* Writing on the time line: when, what, and what kind of thing it was. */
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { Annotation, Guild } from '@/api/types';
import { useChangeAnnotation } from '@/api/use-annotations';
import { useMe } from '@/api/use-me';
import { Dialog } from '@/components/dialog';
import { ProblemNotice } from '@/components/problem-notice';
import { instantOf, localOf } from './local-time';

const KINDS = ['note', 'raid', 'downtime', 'boost', 'join_wave', 'leave_wave'] as const;
const TEXT_MAX = 200;

interface MarkDialogProps {
	guild: Guild;
	/** null: a new one */
	mark: Annotation | null;
	/** where a new one is put at first */
	atMs: number;
	onClose: () => void;
}

export function MarkDialog({ guild, mark, atMs, onClose }: MarkDialogProps) {
	const { t } = useTranslation();
	const me = useMe();
	const change = useChangeAnnotation(guild.id, me.data?.csrf_token ?? '');
	const zone = guild.timezone;
	const [at, setAt] = useState(() => localOf(mark ? Date.parse(mark.at) : atMs, zone));
	const [until, setUntil] = useState(() =>
		mark?.until_at ? localOf(Date.parse(mark.until_at), zone) : '',
	);
	const [kind, setKind] = useState<Annotation['kind']>(mark?.kind ?? 'note');
	const [text, setText] = useState(mark?.text ?? '');

	const startMs = instantOf(at, zone);
	const endMs = until ? instantOf(until, zone) : null;
	const isBackwards = endMs !== null && endMs < startMs;
	const isWhole = text.trim() !== '' && !Number.isNaN(startMs) && !isBackwards;

	const onSubmit = (event: FormEvent) => {
		event.preventDefault();
		if (!isWhole) return;
		const wish = {
			at: new Date(startMs).toISOString(),
			until_at: endMs === null ? null : new Date(endMs).toISOString(),
			kind,
			text: text.trim(),
		};
		change.mutate({ id: mark?.id ?? null, wish }, { onSuccess: onClose });
	};
	return (
		<Dialog title={t(mark ? 'mark.edit' : 'mark.add')} onClose={onClose}>
			<form onSubmit={onSubmit} className="ra-form">
				<label>
					{t('mark.text')}
					<input
						className="form-control"
						value={text}
						maxLength={TEXT_MAX}
						required
						onChange={(event) => setText(event.target.value)}
					/>
				</label>
				<label>
					{t('mark.kind')}
					<select
						className="form-control"
						value={kind}
						onChange={(event) => setKind(event.target.value as Annotation['kind'])}
					>
						{KINDS.map((one) => (
							<option key={one} value={one}>
								{t(`mark.kinds.${one}`)}
							</option>
						))}
					</select>
				</label>
				<div className="ra-marks__times">
					<label>
						{t('mark.at')}
						<input
							type="datetime-local"
							className="form-control"
							value={at}
							required
							onChange={(event) => setAt(event.target.value)}
						/>
					</label>
					<label>
						{t('mark.until')}
						<input
							type="datetime-local"
							className="form-control"
							value={until}
							aria-invalid={isBackwards}
							onChange={(event) => setUntil(event.target.value)}
						/>
					</label>
				</div>
				<p className={isBackwards ? 'ra-form__wrong' : 'ra-form__help'}>
					{isBackwards ? t('mark.backwards') : t('mark.zone', { zone })}
				</p>
				{change.error && <ProblemNotice error={change.error} />}
				<div className="ra-form__actions">
					{mark?.id && (
						<button
							type="button"
							className="ra-button ra-marks__delete"
							disabled={change.isPending}
							onClick={() =>
								change.mutate({ id: mark.id, wish: null }, { onSuccess: onClose })
							}
						>
							{t('mark.delete')}
						</button>
					)}
					<button type="button" className="ra-button" onClick={onClose}>
						{t('common.cancel')}
					</button>
					<button
						type="submit"
						className="ra-button is-primary"
						disabled={!isWhole || change.isPending}
					>
						{t('common.save')}
					</button>
				</div>
			</form>
		</Dialog>
	);
}
