/* A button that is an icon; its text is for those who listen or point at it. */
import type { LucideIcon } from 'lucide-react';

interface IconButtonProps {
	icon: LucideIcon;
	text: string;
	isDisabled?: boolean;
	onPress: () => void;
}

export function IconButton({ icon: Icon, text, isDisabled = false, onPress }: IconButtonProps) {
	return (
		<button
			type="button"
			className="ra-button ra-notices__icon"
			aria-label={text}
			title={text}
			disabled={isDisabled}
			onClick={onPress}
		>
			<Icon size={16} aria-hidden="true" />
		</button>
	);
}
