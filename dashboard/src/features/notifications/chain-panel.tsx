/* Who is called when there still is no answer, step after step. */
import { ArrowDown, ArrowUp, Plus, Trash2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { EscalationStep } from '@/api/types';
import { Panel } from '@/components/panel';
import { IconButton } from './icon-button';
import { ChannelSelect, Field, Minutes } from './fields';
import { moved, needsTarget, STEPS_MAX, stepMistake, stepTimes } from './draft';
import type { PartProps } from './form';
import { useNotices } from './use-notices';

type Kind = EscalationStep['kind'];
const KINDS: readonly Kind[] = ['on_call', 'role', 'lead', 'channel', 'webhook'];
const KIND_TEXTS = {
	on_call: 'on_call',
	role: 'role',
	lead: 'lead_person',
	channel: 'channel',
	webhook: 'webhook',
} as const;
const WAIT_S = 600;

interface TargetProps extends PartProps {
	step: EscalationStep;
	onChoose: (id: string | null) => void;
}

function Target({ guildId, state, draft, step, onChoose }: TargetProps) {
	const { t } = useTranslation();
	const elsewhere = draft.channel_guild_id ?? guildId;
	const other = useNotices(elsewhere === guildId ? '' : elsewhere);
	const roles = (elsewhere === guildId ? state : other.data)?.roles ?? [];
	const pick = t('notices_page.chain.pick');
	const isInvalid = stepMistake(step) === 'target';
	if (step.kind === 'channel')
		return (
			<ChannelSelect
				channels={[...state.channels, ...(other.data?.channels ?? [])]}
				value={step.target_id}
				none={pick}
				isInvalid={isInvalid}
				onChoose={onChoose}
			/>
		);
	const choices = step.kind === 'role' ? roles : state.webhooks;
	return (
		<select
			className="form-control"
			value={step.target_id ?? ''}
			aria-invalid={isInvalid}
			onChange={(event) => onChoose(event.target.value || null)}
		>
			<option value="">{pick}</option>
			{choices.map((one) => (
				<option key={one.id} value={one.id}>
					{one.name}
				</option>
			))}
		</select>
	);
}

interface StepProps extends PartProps {
	index: number;
	/** from the request, as text */
	at: string;
	change: (steps: EscalationStep[]) => void;
}

function Step({ index, at, change, ...props }: StepProps) {
	const { t } = useTranslation();
	const steps = props.draft.escalation;
	const step = steps[index];
	if (!step) return null;
	const n = index + 1;
	const set = (more: Partial<EscalationStep>) =>
		change(steps.map((one, place) => (place === index ? { ...one, ...more } : one)));
	const mistake = stepMistake(step);
	return (
		<li className="ra-notices__step">
			<div className="ra-notices__step-head">
				<h3>{t('notices_page.chain.step', { n })}</h3>
				<span>{at}</span>
				<IconButton
					icon={ArrowUp}
					text={t('notices_page.chain.up', { n })}
					isDisabled={index === 0}
					onPress={() => change(moved(steps, index, index - 1))}
				/>
				<IconButton
					icon={ArrowDown}
					text={t('notices_page.chain.down', { n })}
					isDisabled={n === steps.length}
					onPress={() => change(moved(steps, index, index + 1))}
				/>
				<IconButton
					icon={Trash2}
					text={t('notices_page.chain.remove', { n })}
					onPress={() => change(steps.filter((_, place) => place !== index))}
				/>
			</div>
			<div className="ra-notices__pair">
				<Field label={t('notices_page.chain.wait')} mistake={mistake === 'wait' && 'wait'}>
					<Minutes
						key={`${n}-${steps.length}`}
						seconds={step.wait_s}
						empty={NaN}
						isInvalid={mistake === 'wait'}
						onChange={(wait_s) => set({ wait_s })}
					/>
				</Field>
				<Field
					label={t('notices_page.chain.who')}
					help={
						step.kind === 'on_call' ? t('notices_page.chain.on_call_help') : undefined
					}
				>
					<select
						className="form-control"
						value={step.kind}
						onChange={(event) =>
							set({ kind: event.target.value as Kind, target_id: null })
						}
					>
						{KINDS.map((kind) => (
							<option key={kind} value={kind}>
								{t(`notices_page.chain.${KIND_TEXTS[kind]}`)}
							</option>
						))}
					</select>
				</Field>
				{needsTarget(step) && (
					<Field
						label={t('notices_page.chain.target')}
						mistake={mistake === 'target' && 'target'}
						help={
							step.kind === 'webhook' && props.state.webhooks.length === 0
								? t('notices_page.chain.no_webhooks')
								: undefined
						}
					>
						<Target
							{...props}
							step={step}
							onChoose={(target_id) => set({ target_id })}
						/>
					</Field>
				)}
			</div>
		</li>
	);
}

export function ChainPanel(props: PartProps) {
	const { t } = useTranslation();
	const { draft, set, waitText } = props;
	const steps = draft.escalation;
	const times = stepTimes(draft);
	const change = (escalation: EscalationStep[]) => set({ escalation });
	return (
		<Panel
			id="chain"
			title={t('notices_page.chain.title')}
			summary={t(steps.length ? 'notices_page.chain.lead' : 'notices_page.chain.none')}
		>
			{steps.length > 0 && (
				<ol className="ra-notices__chain">
					{steps.map((_, index) => (
						<Step
							key={index}
							{...props}
							index={index}
							at={t('notices_page.chain.at', { wait: waitText(times[index] ?? 0) })}
							change={change}
						/>
					))}
				</ol>
			)}
			<div>
				<button
					type="button"
					className="ra-button"
					disabled={steps.length >= STEPS_MAX}
					onClick={() =>
						change([...steps, { wait_s: WAIT_S, kind: 'on_call', target_id: null }])
					}
				>
					<Plus size={16} aria-hidden="true" />
					{t('notices_page.chain.add')}
				</button>
			</div>
		</Panel>
	);
}
