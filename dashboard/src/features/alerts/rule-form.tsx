/* What a rule says: a new one in its panel, one there is in a dialog. */
import { useState, type FormEvent } from 'react';
import { BellPlus, Check } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { AlertRule, Guild } from '@/api/types';
import { useOutChange } from '@/api/use-out';
import { Dialog } from '@/components/dialog';
import { Panel } from '@/components/panel';
import { ProblemNotice } from '@/components/problem-notice';
import {
	ALERT_FIGURES,
	isState,
	isTime,
	thresholdOf,
	typedOf,
	WINDOWS,
	type AlertFigure,
} from './amount';

type Condition = AlertRule['condition'];
type Direction = AlertRule['direction'];
const CONDITIONS: readonly Condition[] = ['above', 'below', 'unusual'];
const DIRECTIONS: readonly Direction[] = ['both', 'up', 'down'];
const SENSITIVITIES = { high: 3, middle: 4, low: 6 } as const;
type Sensitivity = keyof typeof SENSITIVITIES;

interface Draft {
	name: string;
	figure: AlertFigure;
	condition: Condition;
	threshold: string;
	window: (typeof WINDOWS)[number];
	sensitivity: Sensitivity;
	direction: Direction;
}

const EMPTY: Draft = {
	name: '',
	figure: 'joins',
	condition: 'above',
	threshold: '',
	window: 1,
	sensitivity: 'middle',
	direction: 'both',
};

function wishOf(draft: Draft): object {
	const { name, figure, condition, direction } = draft;
	return condition === 'unusual'
		? { name, figure, condition, direction, sensitivity: SENSITIVITIES[draft.sensitivity] }
		: {
				name,
				figure,
				condition,
				threshold: thresholdOf(Number(draft.threshold), figure),
				window_hours: isState(figure) ? 1 : draft.window,
			};
}

/** The nearest of the three there are to choose from. */
const sensitivityOf = (deviations: number): Sensitivity =>
	deviations < 3.5 ? 'high' : deviations < 5 ? 'middle' : 'low';

function draftOf(rule: AlertRule): Draft {
	const { name, figure, condition, direction, threshold, sensitivity } = rule;
	return {
		name,
		figure,
		condition,
		threshold: threshold === null ? '' : `${typedOf(threshold, figure)}`,
		window: WINDOWS.find((hours) => hours === rule.window_hours) ?? EMPTY.window,
		sensitivity: sensitivity === null ? EMPTY.sensitivity : sensitivityOf(sensitivity),
		direction: direction ?? EMPTY.direction,
	};
}

interface ChoiceProps<T extends string> {
	label: string;
	value: T;
	options: readonly { value: T; text: string }[];
	onChange: (value: T) => void;
}

function Choice<T extends string>({ label, value, options, onChange }: ChoiceProps<T>) {
	return (
		<label>
			{label}
			<select
				className="form-control"
				value={value}
				onChange={(event) => onChange(event.target.value as T)}
			>
				{options.map((option) => (
					<option key={option.value} value={option.value}>
						{option.text}
					</option>
				))}
			</select>
		</label>
	);
}

interface PartProps {
	draft: Draft;
	set: (change: Partial<Draft>) => void;
}

function Bound({ draft, set }: PartProps) {
	const { t } = useTranslation();
	return (
		<>
			<label>
				{t(isTime(draft.figure) ? 'alerts.form.threshold_hours' : 'alerts.form.threshold')}
				<input
					className="form-control"
					type="number"
					step="any"
					required
					value={draft.threshold}
					onChange={(event) => set({ threshold: event.target.value })}
				/>
			</label>
			{!isState(draft.figure) && (
				<Choice
					label={t('alerts.form.window')}
					value={`${draft.window}`}
					options={WINDOWS.map((hours) => ({
						value: `${hours}` as const,
						text: t(`alerts.window.${hours}`),
					}))}
					onChange={(hours) => set({ window: Number(hours) as Draft['window'] })}
				/>
			)}
		</>
	);
}

function Usual({ draft, set }: PartProps) {
	const { t } = useTranslation();
	return (
		<>
			<Choice
				label={t('alerts.form.sensitivity')}
				value={draft.sensitivity}
				options={(Object.keys(SENSITIVITIES) as Sensitivity[]).map((value) => ({
					value,
					text: t(`alerts.form.${value}`),
				}))}
				onChange={(sensitivity) => set({ sensitivity })}
			/>
			<Choice
				label={t('alerts.form.direction')}
				value={draft.direction}
				options={DIRECTIONS.map((value) => ({ value, text: t(`alerts.form.${value}`) }))}
				onChange={(direction) => set({ direction })}
			/>
		</>
	);
}

interface FieldsProps {
	guild: Guild;
	/** the rule to change; a new one without */
	rule?: AlertRule;
	onDone: () => void;
}

function Fields({ guild, rule, onDone }: FieldsProps) {
	const { t } = useTranslation();
	const save = useOutChange(guild.id);
	const [draft, setDraft] = useState(rule ? draftOf(rule) : EMPTY);
	const set = (change: Partial<Draft>) => setDraft((old) => ({ ...old, ...change }));
	const conditions = CONDITIONS.filter((one) => one !== 'unusual' || !isState(draft.figure));
	const submit = (event: FormEvent) => {
		event.preventDefault();
		save.mutate(
			rule
				? {
						method: 'PUT',
						tail: `/alerts/${rule.id}`,
						body: { ...wishOf(draft), is_on: rule.is_on },
					}
				: { method: 'POST', tail: '/alerts', body: wishOf(draft) },
			{ onSuccess: onDone },
		);
	};
	const chooseFigure = (figure: AlertFigure) =>
		set({ figure, ...(isState(figure) && { condition: 'above' as const }) });
	const Part = draft.condition === 'unusual' ? Usual : Bound;
	const Icon = rule ? Check : BellPlus;
	return (
		<>
			<form className="ra-out__form" onSubmit={submit}>
				<label>
					{t('alerts.form.name')}
					<input
						className="form-control"
						required
						maxLength={80}
						placeholder={t('alerts.form.example')}
						value={draft.name}
						onChange={(event) => set({ name: event.target.value })}
					/>
				</label>
				<Choice
					label={t('alerts.form.figure')}
					value={draft.figure}
					options={ALERT_FIGURES.map((value) => ({
						value,
						text: t(`alerts.figure.${value}`),
					}))}
					onChange={chooseFigure}
				/>
				<Choice
					label={t('alerts.form.condition')}
					value={draft.condition}
					options={conditions.map((value) => ({
						value,
						text: t(`alerts.form.${value}`),
					}))}
					onChange={(condition) => set({ condition })}
				/>
				<Part draft={draft} set={set} />
				<div className="ra-out__actions">
					<button
						type="submit"
						className="ra-button is-primary"
						disabled={save.isPending}
					>
						<Icon size={16} aria-hidden="true" />
						{t(rule ? 'alerts.form.save' : 'alerts.form.make')}
					</button>
				</div>
			</form>
			<p className="ra-out__help">{t(`alerts.form.help_${draft.condition}`)}</p>
			{save.error && <ProblemNotice error={save.error} />}
		</>
	);
}

export function RuleForm({ guild }: { guild: Guild }) {
	const { t } = useTranslation();
	const [made, setMade] = useState(0);
	return (
		<Panel id="new-rule" title={t('alerts.form.title')}>
			<Fields key={made} guild={guild} onDone={() => setMade(made + 1)} />
		</Panel>
	);
}

interface RuleDialogProps {
	guild: Guild;
	rule: AlertRule;
	onClose: () => void;
}

export function RuleDialog({ guild, rule, onClose }: RuleDialogProps) {
	const { t } = useTranslation();
	return (
		<Dialog title={t('alerts.form.change')} onClose={onClose}>
			<div className="ra-out">
				<Fields guild={guild} rule={rule} onDone={onClose} />
			</div>
		</Dialog>
	);
}
