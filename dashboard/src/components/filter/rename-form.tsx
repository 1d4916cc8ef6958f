/* A saved filter gets another name, in its place in the list: Enter keeps it, Escape does not. */
import { useId, useState, type FormEvent } from 'react';
import { Check, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { SavedFilter } from '@/api/types';
import { useChangeSavedFilters } from '@/api/use-lists';
import { ProblemNotice } from '@/components/problem-notice';
import { excessOf, isTaken, NAME_MAX } from './saved-name';

interface RenameFormProps {
	guildId: string;
	filter: SavedFilter;
	filters: readonly SavedFilter[];
	onClose: () => void;
}

export function RenameForm({ guildId, filter, filters, onClose }: RenameFormProps) {
	const { t } = useTranslation();
	const [name, setName] = useState(filter.name);
	const { rename } = useChangeSavedFilters(guildId);
	const mistakeId = useId();
	const excess = excessOf(name);
	const mistake =
		excess > 0
			? t('filter.too_long', { count: excess, max: NAME_MAX })
			: isTaken(filters, name, filter.id)
				? t('filter.taken')
				: null;
	const submit = (event: FormEvent) => {
		event.preventDefault();
		if (mistake || !name.trim()) return;
		if (name.trim() === filter.name) onClose();
		else rename.mutate({ id: filter.id, name: name.trim() }, { onSuccess: onClose });
	};
	return (
		<form
			className="ra-form ra-filter__rename"
			onSubmit={submit}
			onKeyDown={(event) => {
				if (event.key !== 'Escape') return;
				/* of the name, not of the dialog around it */
				event.preventDefault();
				event.stopPropagation();
				onClose();
			}}
		>
			<input
				className="form-control"
				aria-label={t('filter.new_name', { name: filter.name })}
				aria-invalid={mistake !== null}
				aria-describedby={mistakeId}
				value={name}
				required
				autoFocus
				onFocus={(event) => event.target.select()}
				onChange={(event) => setName(event.target.value)}
			/>
			<button
				type="submit"
				className="ra-icon-button"
				aria-label={t('common.save')}
				title={t('common.save')}
				disabled={mistake !== null || !name.trim() || rename.isPending}
			>
				<Check size={16} aria-hidden="true" />
			</button>
			<button
				type="button"
				className="ra-icon-button"
				aria-label={t('common.cancel')}
				title={t('common.cancel')}
				onClick={onClose}
			>
				<X size={16} aria-hidden="true" />
			</button>
			<p id={mistakeId} className="ra-form__wrong" role="alert">
				{mistake}
			</p>
			{rename.error && <ProblemNotice error={rename.error} />}
		</form>
	);
}
