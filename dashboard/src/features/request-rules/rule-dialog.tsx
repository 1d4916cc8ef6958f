/* One rule: what it looks for and where; it can be tried before it is saved. */
import { useState, type FormEvent } from 'react';
import { FlaskConical } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Guild } from '@/api/types';
import { useDirectory } from '@/api/use-directory';
import { Dialog } from '@/components/dialog';
import { IdPicker } from '../settings/id-picker';
import { Mistakes } from './mistakes';
import { TermField } from './term-field';
import { TryPanel } from './try-panel';
import { useDeskChange, wishOf, type Rule, type RuleWish } from './use-rules';

const EMPTY: RuleWish = {
	name: '',
	kind: 'keyword',
	is_enabled: true,
	priority: 2,
	roles: [],
	words: [],
	stems: [],
	phrases: [],
	patterns: [],
	allowed_channels: [],
	denied_channels: [],
};
const KINDS = ['keyword', 'mention', 'forum'] as const;
const PRIORITIES = [4, 3, 2, 1] as const;
const TERMS = ['stems', 'words', 'phrases', 'patterns'] as const;

interface PartProps {
	draft: RuleWish;
	set: (change: Partial<RuleWish>) => void;
}

function Terms({ draft, set }: PartProps) {
	const { t } = useTranslation();
	return TERMS.map((what) => (
		<TermField
			key={what}
			label={t(`request_rules.terms.${what}`)}
			help={t(`request_rules.terms.${what}_help`)}
			example={t(`request_rules.terms.${what}_example`)}
			terms={draft[what]}
			isWhole={what === 'patterns'}
			max={what === 'patterns' ? 200 : 80}
			onChange={(terms) => set({ [what]: terms })}
		/>
	));
}

function Head({ draft, set }: PartProps) {
	const { t } = useTranslation();
	return (
		<>
			<div className="ra-rules__field">
				<label>
					{t('request_rules.name')}
					<input
						className="form-control"
						required
						maxLength={80}
						value={draft.name}
						onChange={(event) => set({ name: event.target.value })}
					/>
				</label>
			</div>
			<div className="ra-rules__field">
				<label>
					{t('request_rules.kind.title')}
					<select
						className="form-control"
						value={draft.kind}
						onChange={(event) => set({ kind: event.target.value as RuleWish['kind'] })}
					>
						{KINDS.map((kind) => (
							<option key={kind} value={kind}>
								{t(`request_rules.kind.${kind}`)}
							</option>
						))}
					</select>
				</label>
				<p className="ra-rules__help">{t(`request_rules.kind.${draft.kind}_help`)}</p>
			</div>
			<div className="ra-rules__field">
				<label>
					{t('request_rules.priority.title')}
					<select
						className="form-control"
						value={draft.priority}
						onChange={(event) => set({ priority: Number(event.target.value) })}
					>
						{PRIORITIES.map((priority) => (
							<option key={priority} value={priority}>
								{t(`request_rules.priority.${priority}`)}
							</option>
						))}
					</select>
				</label>
			</div>
		</>
	);
}

function Where({ guild, draft, set }: PartProps & { guild: Guild }) {
	const { t } = useTranslation();
	const names = useDirectory(guild.id, [], '').data;
	return (
		<details className="ra-desk__where">
			<summary>{t('request_rules.where')}</summary>
			<IdPicker
				label={t('request_rules.desk.allowed_channels')}
				help={t('request_rules.desk.allowed_help')}
				choices={names?.channels ?? []}
				chosen={draft.allowed_channels}
				onChange={(ids) => set({ allowed_channels: ids })}
			/>
			<IdPicker
				label={t('request_rules.desk.denied_channels')}
				choices={names?.channels ?? []}
				chosen={draft.denied_channels}
				onChange={(ids) => set({ denied_channels: ids })}
			/>
		</details>
	);
}

interface RuleDialogProps {
	guild: Guild;
	/** null: a new one */
	rule: Rule | null;
	isTrying: boolean;
	onClose: () => void;
}

export function RuleDialog({ guild, rule, isTrying, onClose }: RuleDialogProps) {
	const { t } = useTranslation();
	const names = useDirectory(guild.id, [], '').data;
	const save = useDeskChange(guild.id);
	const [draft, setDraft] = useState<RuleWish>(rule ? wishOf(rule) : EMPTY);
	const [tried, setTried] = useState<RuleWish | null>(isTrying ? draft : null);
	const set = (change: Partial<RuleWish>) => setDraft((last) => ({ ...last, ...change }));
	const onSubmit = (event: FormEvent) => {
		event.preventDefault();
		save.mutate(
			rule
				? { method: 'PUT', tail: `/rules/${rule.id}`, body: draft }
				: { method: 'POST', tail: '/rules', body: draft },
			{ onSuccess: onClose },
		);
	};
	return (
		<Dialog title={rule ? rule.name : t('request_rules.new')} onClose={onClose}>
			<form className="ra-rules ra-desk__form" onSubmit={onSubmit}>
				<Head draft={draft} set={set} />
				{draft.kind === 'keyword' && <Terms draft={draft} set={set} />}
				{draft.kind === 'mention' && (
					<IdPicker
						label={t('request_rules.roles')}
						help={t('request_rules.roles_help')}
						choices={(names?.roles ?? []).filter((role) => role.id !== guild.id)}
						chosen={draft.roles}
						onChange={(ids) => set({ roles: ids })}
					/>
				)}
				<Where guild={guild} draft={draft} set={set} />
				<label className="ra-check">
					<input
						type="checkbox"
						role="switch"
						checked={draft.is_enabled}
						onChange={(event) => set({ is_enabled: event.target.checked })}
					/>
					{t('request_rules.on')}
				</label>
				{save.error && <Mistakes error={save.error} />}
				<div className="ra-desk__actions">
					<button type="button" className="ra-button" onClick={() => setTried(draft)}>
						<FlaskConical size={16} aria-hidden="true" />
						{t('request_rules.try.start')}
					</button>
					<button
						type="submit"
						className="ra-button is-primary"
						disabled={save.isPending}
					>
						{t('common.save')}
					</button>
				</div>
			</form>
			{tried && (
				<TryPanel
					key={JSON.stringify(tried)}
					guild={guild}
					draft={tried}
					ruleId={rule?.id ?? null}
				/>
			)}
		</Dialog>
	);
}
