/* Somebody new on the list, or somebody on it changed; in several servers at once. */
import { useDeferredValue, useId, useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { CuratorRow, CuratorWish, Guild } from '@/api/types';
import { useCuratorChange } from '@/api/use-curators';
import { useDirectory } from '@/api/use-directory';
import { useGuilds } from '@/api/use-guilds';
import { Avatar } from '@/components/avatar';
import { Dialog } from '@/components/dialog';
import { ProblemNotice } from '@/components/problem-notice';
import { DeleteDialog } from './delete-dialog';
import { KINDS, useKindText } from './kind-text';

interface Person {
	id: string;
	name: string;
}

const ID = /^\d{15,20}$/;

function PersonField({ guildId, onPick }: { guildId: string; onPick: (person: Person) => void }) {
	const { t } = useTranslation();
	const [text, setText] = useState('');
	const search = useDeferredValue(text.trim());
	const members = useDirectory(guildId, [], search).data?.members ?? [];
	const found = search ? members.slice(0, 20) : [];
	const isId = ID.test(search) && !found.some((one) => one.id === search);
	return (
		<>
			<label>
				{t('curators.form.person')}
				<input
					type="search"
					className="form-control"
					autoComplete="off"
					placeholder={t('curators.form.find')}
					value={text}
					onChange={(event) => setText(event.target.value)}
				/>
			</label>
			{(found.length > 0 || isId) && (
				<ul className="ra-curators__found">
					{found.map((one) => (
						<li key={one.id}>
							<button type="button" onClick={() => onPick(one)}>
								<Avatar id={one.id} name={one.name} url={null} size={20} />
								<bdi>{one.name || one.id}</bdi>
							</button>
						</li>
					))}
					{isId && (
						<li>
							<button type="button" onClick={() => onPick({ id: search, name: '' })}>
								{t('curators.form.by_id', { id: search })}
							</button>
						</li>
					)}
				</ul>
			)}
			{search && !found.length && !isId && (
				<p className="ra-curators__help">{t('lists.not_found')}</p>
			)}
		</>
	);
}

interface GuildsFieldProps {
	guild: Guild;
	row: CuratorRow | null;
	chosen: readonly string[];
	onChange: (ids: string[]) => void;
}

function GuildsField({ guild, row, chosen, onChange }: GuildsFieldProps) {
	const { t } = useTranslation();
	const guilds = (useGuilds().data ?? []).filter((one) => one.can_manage && one.has_bot);
	if (guilds.length < 2) return null;
	const isAssigned = (id: string) => row?.guilds.some((one) => one.id === id) ?? false;
	return (
		<fieldset>
			<legend>{t('curators.form.guilds')}</legend>
			{guilds.map((one) => (
				<label key={one.id} className="is-check">
					<input
						type="checkbox"
						className="form-check-input"
						checked={chosen.includes(one.id)}
						disabled={one.id === guild.id}
						onChange={(event) =>
							onChange(
								event.target.checked
									? [...chosen, one.id]
									: chosen.filter((id) => id !== one.id),
							)
						}
					/>
					<bdi>{one.name}</bdi>
					{isAssigned(one.id) && (
						<em className="ra-tag">{t('curators.form.assigned')}</em>
					)}
				</label>
			))}
			<p className="ra-curators__help">{t('curators.form.guilds_help')}</p>
		</fieldset>
	);
}

function draftOf(row: CuratorRow | null): Required<CuratorWish> {
	return {
		name: row?.own_name ?? '',
		kind: row?.kind ?? '',
		subdivision: row?.subdivision ?? '',
		is_active: row?.is_active ?? true,
		is_lead: row?.is_lead ?? false,
		guilds: [],
	};
}

interface CuratorDialogProps {
	guild: Guild;
	/** null: somebody new */
	row: CuratorRow | null;
	kinds: readonly string[];
	subdivisions: readonly string[];
	onClose: () => void;
}

export function CuratorDialog(props: CuratorDialogProps) {
	const { guild, row, kinds, subdivisions, onClose } = props;
	const { t } = useTranslation();
	const kindText = useKindText();
	const change = useCuratorChange(guild.id);
	const [person, setPerson] = useState<Person | null>(row);
	const [draft, setDraft] = useState(() => ({ ...draftOf(row), guilds: [guild.id] }));
	const [isDeleting, setDeleting] = useState(false);
	const set = (more: Partial<typeof draft>) => setDraft((now) => ({ ...now, ...more }));
	const list = useId();
	if (isDeleting && row) return <DeleteDialog guild={guild} row={row} onClose={onClose} />;
	const submit = (event: FormEvent) => {
		event.preventDefault();
		if (person)
			change.mutate(
				{ method: 'PUT', tail: `/curators/${person.id}`, body: draft },
				{ onSuccess: onClose },
			);
	};
	const name = person?.name || person?.id || '';
	return (
		<Dialog
			title={row ? t('curators.edit_what', { name }) : t('curators.add')}
			onClose={onClose}
		>
			<form className="ra-curators__form" onSubmit={submit}>
				{!person && <PersonField guildId={guild.id} onPick={setPerson} />}
				{person && !row && (
					<p className="ra-name">
						<Avatar id={person.id} name={name} url={null} size={22} />
						<bdi>{name}</bdi>
						<button
							type="button"
							className="ra-button is-small"
							onClick={() => setPerson(null)}
						>
							{t('curators.form.another')}
						</button>
					</p>
				)}
				{person && (
					<>
						<label>
							{t('curators.form.name')}
							<input
								className="form-control"
								maxLength={80}
								placeholder={t('curators.form.name_usual')}
								value={draft.name ?? ''}
								onChange={(event) => set({ name: event.target.value })}
							/>
						</label>
						<label>
							{t('curators.column.kind')}
							<input
								className="form-control"
								maxLength={40}
								list={`${list}-kinds`}
								value={draft.kind ?? ''}
								onChange={(event) => set({ kind: event.target.value })}
							/>
							<datalist id={`${list}-kinds`}>
								{[...new Set([...KINDS, ...kinds])].map((kind) => (
									<option key={kind} value={kind}>
										{kindText(kind)}
									</option>
								))}
							</datalist>
						</label>
						<label>
							{t('curators.column.subdivision')}
							<input
								className="form-control"
								maxLength={80}
								list={`${list}-subdivisions`}
								value={draft.subdivision ?? ''}
								onChange={(event) => set({ subdivision: event.target.value })}
							/>
							<datalist id={`${list}-subdivisions`}>
								{subdivisions.map((one) => (
									<option key={one} value={one} />
								))}
							</datalist>
						</label>
						<label className="is-check">
							<input
								type="checkbox"
								className="form-check-input"
								checked={draft.is_active}
								onChange={(event) => set({ is_active: event.target.checked })}
							/>
							{t('curators.form.active')}
						</label>
						<label className="is-check">
							<input
								type="checkbox"
								className="form-check-input"
								checked={draft.is_lead}
								onChange={(event) => set({ is_lead: event.target.checked })}
							/>
							{t('curators.form.is_lead')}
						</label>
						<GuildsField
							guild={guild}
							row={row}
							chosen={draft.guilds}
							onChange={(guilds) => set({ guilds })}
						/>
						{row?.by_role && !draft.is_active && (
							<p className="ra-curators__help">{t('curators.form.by_role')}</p>
						)}
					</>
				)}
				{change.error && <ProblemNotice error={change.error} />}
				<div className="ra-curators__buttons">
					{row && (
						<button
							type="button"
							className="ra-button"
							onClick={() => setDeleting(true)}
						>
							{t('curators.remove')}
						</button>
					)}
					<button
						type="submit"
						className="ra-button is-primary"
						disabled={!person || change.isPending}
					>
						{t('curators.save')}
					</button>
				</div>
			</form>
		</Dialog>
	);
}
