/*
 * A button that opens a short list. Arrow keys walk it, Escape and a click elsewhere close
 * it, and the focus goes back to where it was.
 */
import { useEffect, useId, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import './menu.scss';

interface MenuProps {
	/** what the button shows */
	trigger: ReactNode;
	/** what the button is called, when what it shows is no text */
	label?: string;
	className?: string;
	align?: 'start' | 'end';
	children: ReactNode;
}

const STEPS: Record<string, (index: number, count: number) => number> = {
	ArrowDown: (index, count) => (index + 1) % count,
	ArrowUp: (index, count) => (index - 1 + count) % count,
	Home: () => 0,
	End: (_index, count) => count - 1,
};

export function Menu({ trigger, label, className, align = 'end', children }: MenuProps) {
	const [isOpen, setOpen] = useState(false);
	const box = useRef<HTMLDivElement>(null);
	const button = useRef<HTMLButtonElement>(null);
	const id = useId();

	const items = () => [
		...(box.current?.querySelectorAll<HTMLElement>('[role^="menuitem"]') ?? []),
	];

	useEffect(() => {
		if (!isOpen) return;
		const list = box.current;
		const chosen = list?.querySelector<HTMLElement>(
			'[aria-checked="true"], [aria-current="true"]',
		);
		(chosen ?? list?.querySelector<HTMLElement>('[role^="menuitem"]'))?.focus();
		const onPointer = (event: PointerEvent) => {
			if (!list?.contains(event.target as Node)) setOpen(false);
		};
		document.addEventListener('pointerdown', onPointer);
		return () => document.removeEventListener('pointerdown', onPointer);
	}, [isOpen]);

	const close = () => {
		setOpen(false);
		button.current?.focus();
	};

	const onKeyDown = (event: KeyboardEvent) => {
		if (!isOpen) return;
		if (event.key === 'Tab') return setOpen(false);
		if (event.key === 'Escape') {
			event.stopPropagation();
			return close();
		}
		const step = STEPS[event.key];
		const list = items();
		if (!step || !list.length) return;
		event.preventDefault();
		list[step(list.indexOf(document.activeElement as HTMLElement), list.length)]?.focus();
	};

	return (
		<div className="ra-menu" ref={box} onKeyDown={onKeyDown}>
			<button
				ref={button}
				type="button"
				className={className ?? 'ra-button'}
				aria-haspopup="menu"
				aria-expanded={isOpen}
				aria-controls={isOpen ? id : undefined}
				aria-label={label}
				title={label}
				onClick={() => setOpen(!isOpen)}
			>
				{trigger}
			</button>
			{isOpen && (
				<div
					id={id}
					role="menu"
					aria-label={label}
					className={`ra-menu__list is-${align}`}
					onClick={close}
				>
					{children}
				</div>
			)}
		</div>
	);
}

interface MenuItemProps {
	icon?: ReactNode;
	hint?: ReactNode;
	/** given: one of several to choose from */
	isChosen?: boolean;
	onPick: () => void;
	children: ReactNode;
}

export function MenuItem({ icon, hint, isChosen, onPick, children }: MenuItemProps) {
	return (
		<button
			type="button"
			role={isChosen === undefined ? 'menuitem' : 'menuitemradio'}
			aria-checked={isChosen}
			tabIndex={-1}
			className="ra-menu__item"
			onClick={onPick}
		>
			{icon}
			<span className="ra-menu__text">{children}</span>
			{hint && <kbd aria-hidden="true">{hint}</kbd>}
		</button>
	);
}
