/* What work is worth: points, the cap, the levels; and, before anything is saved, whom it would change. */
import { useDeferredValue, useState, type FormEvent } from 'react';
import { Plus, Trash2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Guild, Rating } from '@/api/types';
import { useCuratorChange, useRating } from '@/api/use-curators';
import { Panel } from '@/components/panel';
import { ProblemNotice } from '@/components/problem-notice';
import { Skeleton } from '@/components/skeleton';
import { PreviewPanel } from './preview-panel';
import {
	COLOURS,
	draftOf,
	LEVELS_MAX,
	POINTS,
	wishOf,
	type LevelDraft,
	type RatingDraft,
} from './rating-data';

interface LevelsProps {
	levels: LevelDraft[];
	onChange: (levels: LevelDraft[]) => void;
}

function LevelsTable({ levels, onChange }: LevelsProps) {
	const { t } = useTranslation();
	const set = (at: number, change: Partial<LevelDraft>) =>
		onChange(levels.map((level, place) => (place === at ? { ...level, ...change } : level)));
	const add = () =>
		onChange([
			...levels.slice(0, -1),
			{ from: '', ru: '', en: '', colour: 'grey' },
			...levels.slice(-1),
		]);
	const field = (at: number, key: 'ru' | 'en') => (
		<input
			className="form-control"
			required
			maxLength={40}
			aria-label={t(`curators.rating.${key}`)}
			value={levels[at]?.[key] ?? ''}
			onChange={(event) => set(at, { [key]: event.target.value })}
		/>
	);
	return (
		<div
			className="ra-list__scroll"
			tabIndex={0}
			role="region"
			aria-label={t('curators.rating.levels')}
		>
			<table className="ra-rating__levels">
				<caption className="visually-hidden">{t('curators.rating.levels')}</caption>
				<thead>
					<tr>
						<th scope="col">{t('curators.rating.from')}</th>
						<th scope="col">{t('curators.rating.ru')}</th>
						<th scope="col">{t('curators.rating.en')}</th>
						<th scope="col">{t('curators.rating.colour')}</th>
						<th />
					</tr>
				</thead>
				<tbody>
					{levels.map((level, at) => {
						const isLast = at === levels.length - 1;
						return (
							<tr key={at}>
								<td>
									{isLast ? (
										t('curators.rating.rest')
									) : (
										<input
											className="form-control"
											type="number"
											required
											aria-label={t('curators.rating.from')}
											value={level.from}
											onChange={(event) =>
												set(at, { from: event.target.value })
											}
										/>
									)}
								</td>
								<td>{field(at, 'ru')}</td>
								<td>{field(at, 'en')}</td>
								<td>
									<select
										className="form-control"
										aria-label={t('curators.rating.colour')}
										value={level.colour}
										onChange={(event) =>
											set(at, {
												colour: event.target.value as LevelDraft['colour'],
											})
										}
									>
										{COLOURS.map((colour) => (
											<option key={colour} value={colour}>
												{t(`curators.rating.colours.${colour}`)}
											</option>
										))}
									</select>
								</td>
								<td>
									{levels.length > 2 && !isLast && (
										<button
											type="button"
											className="ra-icon-button"
											aria-label={t('curators.rating.drop', {
												name: level.ru || level.en,
											})}
											onClick={() =>
												onChange(levels.filter((_, place) => place !== at))
											}
										>
											<Trash2 size={16} aria-hidden="true" />
										</button>
									)}
								</td>
							</tr>
						);
					})}
				</tbody>
			</table>
			{levels.length < LEVELS_MAX && (
				<button type="button" className="ra-button is-small" onClick={add}>
					<Plus size={14} aria-hidden="true" />
					{t('curators.rating.add')}
				</button>
			)}
		</div>
	);
}

function RatingForm({ guild, rating }: { guild: Guild; rating: Rating }) {
	const { t } = useTranslation();
	const change = useCuratorChange<Rating>(guild.id);
	const [draft, setDraft] = useState<RatingDraft>(() => draftOf(rating));
	const set = (more: Partial<RatingDraft>) => setDraft((now) => ({ ...now, ...more }));
	const wish = useDeferredValue(wishOf(draft));
	const submit = (event: FormEvent) => {
		event.preventDefault();
		const body = wishOf(draft);
		if (body) change.mutate({ method: 'PUT', tail: '/rating', body });
	};
	const reset = () => {
		if (!confirm(t('curators.rating.confirm'))) return;
		change.mutate(
			{ method: 'DELETE', tail: '/rating' },
			{ onSuccess: (usual) => setDraft(draftOf(usual)) },
		);
	};
	return (
		<>
			<Panel
				id="rating"
				className="is-full"
				title={t('curators.rating.title')}
				summary={t('curators.rating.lead')}
			>
				<form className="ra-curators__form" onSubmit={submit}>
					<div className="ra-rating__points">
						{POINTS.map((key) => (
							<label key={key}>
								{t(`curators.rating.${key}`)}
								<input
									className="form-control"
									type="number"
									min={0}
									max={1000}
									step={1}
									required
									value={draft[key]}
									onChange={(event) => set({ [key]: event.target.value })}
								/>
							</label>
						))}
						<label>
							{t('curators.rating.block_cap')}
							<input
								className="form-control"
								type="number"
								min={1}
								max={10000}
								step={1}
								placeholder={t('curators.rating.no_cap')}
								value={draft.block_cap}
								onChange={(event) => set({ block_cap: event.target.value })}
							/>
						</label>
					</div>
					<p className="ra-curators__help">{t('curators.rating.cap_help')}</p>
					<LevelsTable levels={draft.levels} onChange={(levels) => set({ levels })} />
					{!wish && <p className="ra-curators__help">{t('curators.rating.not_yet')}</p>}
					{change.error && <ProblemNotice error={change.error} />}
					<div className="ra-curators__buttons">
						{!rating.is_default && (
							<button type="button" className="ra-button" onClick={reset}>
								{t('curators.rating.reset')}
							</button>
						)}
						<button
							type="submit"
							className="ra-button is-primary"
							disabled={!wish || change.isPending}
						>
							{t('curators.save')}
						</button>
					</div>
					{change.isSuccess && (
						<p role="status" className="ra-curators__help">
							{t('curators.rating.saved')}
						</p>
					)}
				</form>
			</Panel>
			<PreviewPanel guild={guild} wish={wish} />
		</>
	);
}

export function RatingPanel({ guild }: { guild: Guild }) {
	const { data, error, refetch } = useRating(guild.id);
	if (error && !data) return <ProblemNotice error={error} onRetry={() => void refetch()} />;
	if (!data) return <Skeleton height={120} lines={4} />;
	return <RatingForm guild={guild} rating={data} />;
}
