/* A modal <dialog>: the browser keeps the focus inside and Escape closes it. */
import { useEffect, useId, useRef, type ReactNode } from 'react';
import { X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import './dialog.scss';

interface DialogProps {
	title: ReactNode;
	onClose: () => void;
	children: ReactNode;
}

export function Dialog({ title, onClose, children }: DialogProps) {
	const { t } = useTranslation();
	const dialog = useRef<HTMLDialogElement>(null);
	const id = useId();

	useEffect(() => {
		const element = dialog.current;
		element?.showModal();
		return () => element?.close();
	}, []);

	return (
		<dialog
			ref={dialog}
			className="ra-dialog"
			aria-labelledby={id}
			onCancel={(event) => {
				event.preventDefault();
				onClose();
			}}
			onClick={(event) => {
				if (event.target === dialog.current) onClose();
			}}
		>
			<div className="ra-dialog__body">
				<header className="ra-dialog__head">
					<h2 id={id}>{title}</h2>
					<button
						type="button"
						className="ra-icon-button"
						aria-label={t('common.close')}
						onClick={onClose}
					>
						<X size={18} aria-hidden="true" />
					</button>
				</header>
				{children}
			</div>
		</dialog>
	);
}
