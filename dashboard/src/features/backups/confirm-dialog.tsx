/* What is about to happen, and the word without which it does not. */
import { useId, useState, type FormEvent, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from '@/components/dialog';
import { ProblemNotice } from '@/components/problem-notice';

interface ConfirmDialogProps {
	title: string;
	children: ReactNode;
	/** to be typed; none: a button is enough */
	word?: string;
	go: string;
	isPending: boolean;
	error: Error | null;
	onGo: () => void;
	onClose: () => void;
}

export function ConfirmDialog({
	title,
	children,
	word,
	go,
	isPending,
	error,
	onGo,
	onClose,
}: ConfirmDialogProps) {
	const { t } = useTranslation();
	const id = useId();
	const [typed, setTyped] = useState('');
	const isConfirmed = !word || typed.trim().toLowerCase() === word.toLowerCase();
	const submit = (event: FormEvent) => {
		event.preventDefault();
		if (isConfirmed) onGo();
	};
	return (
		<Dialog title={title} onClose={onClose}>
			<form className="ra-backups__confirm" onSubmit={submit}>
				{children}
				{word && (
					<label htmlFor={id}>
						{t('backups.type_word', { word })}
						<input
							id={id}
							className="form-control"
							autoComplete="off"
							spellCheck={false}
							value={typed}
							onChange={(event) => setTyped(event.target.value)}
						/>
					</label>
				)}
				{error && <ProblemNotice error={error} />}
				<div className="ra-backups__buttons">
					<button type="button" className="ra-button" onClick={onClose}>
						{t('backups.back')}
					</button>
					<button
						type="submit"
						className="ra-button is-danger"
						disabled={!isConfirmed || isPending}
					>
						{go}
					</button>
				</div>
			</form>
		</Dialog>
	);
}
