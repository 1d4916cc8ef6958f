/* By when an answer is wanted: for all, or for a channel, a category, a priority. */
import { useState, type FormEvent } from 'react';
import { Check, Plus, Trash2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Guild, HelpRequest, Schedule, Target } from '@/api/types';
import { Panel } from '@/components/panel';
import { ProblemNotice } from '@/components/problem-notice';
import { useChangeSchedule } from './use-schedule';

const PRIORITIES = ['low', 'normal', 'high', 'urgent'] as const;

interface RowProps {
	schedule: Schedule;
	target: Target;
	onChange: (target: Target) => void;
	onDelete: () => void;
}

function TargetRow({ schedule, target, onChange, onDelete }: RowProps) {
	const { t } = useTranslation();
	return (
		<li>
			<select
				className="form-control"
				aria-label={t('schedules.targets.where')}
				value={target.channel_id ?? ''}
				onChange={(event) =>
					onChange({ ...target, channel_id: event.target.value || null })
				}
			>
				<option value="">{t('schedules.targets.everywhere')}</option>
				{schedule.channels.map((channel) => (
					<option key={channel.id} value={channel.id}>
						{channel.is_category ? `— ${channel.name}` : channel.name}
					</option>
				))}
			</select>
			<select
				className="form-control"
				aria-label={t('schedules.targets.priority')}
				value={target.priority ?? ''}
				onChange={(event) =>
					onChange({
						...target,
						priority: (event.target.value || null) as HelpRequest['priority'] | null,
					})
				}
			>
				<option value="">{t('schedules.targets.any')}</option>
				{PRIORITIES.map((priority) => (
					<option key={priority} value={priority}>
						{t(`schedules.priority.${priority}`)}
					</option>
				))}
			</select>
			<input
				className="form-control"
				type="number"
				min={0.5}
				max={43_200}
				step="any"
				required
				aria-label={t('schedules.targets.minutes')}
				value={target.first_response_s / 60}
				onChange={(event) =>
					onChange({
						...target,
						first_response_s: Math.round(Number(event.target.value) * 60),
					})
				}
			/>
			<label className="ra-check">
				<input
					type="checkbox"
					checked={target.is_business ?? false}
					onChange={(event) => onChange({ ...target, is_business: event.target.checked })}
				/>
				{t('schedules.targets.business')}
			</label>
			<button
				type="button"
				className="ra-icon-button"
				aria-label={t('schedules.delete')}
				title={t('schedules.delete')}
				onClick={onDelete}
			>
				<Trash2 size={16} aria-hidden="true" />
			</button>
		</li>
	);
}

export function TargetsPanel({ guild, schedule }: { guild: Guild; schedule: Schedule }) {
	const { t } = useTranslation();
	const change = useChangeSchedule(guild.id);
	const [targets, setTargets] = useState(schedule.targets);
	const keys = targets.map((target) => `${target.channel_id} ${target.priority}`);
	const isDouble = new Set(keys).size < keys.length;
	const save = (event: FormEvent) => {
		event.preventDefault();
		if (!isDouble) change.mutate({ part: 'targets', targets });
	};
	return (
		<Panel
			id="targets"
			title={t('schedules.targets.title')}
			summary={t('schedules.targets.summary')}
			className="is-half"
		>
			<form className="ra-form" onSubmit={save}>
				<ul className="ra-schedule__targets">
					{targets.map((target, index) => (
						<TargetRow
							key={index}
							schedule={schedule}
							target={target}
							onChange={(next) => setTargets(targets.with(index, next))}
							onDelete={() => setTargets(targets.toSpliced(index, 1))}
						/>
					))}
				</ul>
				{targets.length === 0 && (
					<div className="ra-empty is-small">
						<p>{t('schedules.targets.empty')}</p>
					</div>
				)}
				{isDouble && <p className="ra-form__wrong">{t('schedules.targets.double')}</p>}
				{change.error && <ProblemNotice error={change.error} />}
				<div className="ra-form__actions">
					<button
						type="button"
						className="ra-button"
						onClick={() =>
							setTargets([
								...targets,
								{
									channel_id: null,
									priority: null,
									first_response_s: 900,
									is_business: schedule.versions.length > 0,
								},
							])
						}
					>
						<Plus size={16} aria-hidden="true" />
						{t('schedules.targets.add')}
					</button>
					<button
						className="ra-button is-primary"
						disabled={isDouble || change.isPending}
					>
						<Check size={16} aria-hidden="true" />
						{t(change.isSuccess ? 'schedules.saved' : 'schedules.save')}
					</button>
				</div>
			</form>
		</Panel>
	);
}
