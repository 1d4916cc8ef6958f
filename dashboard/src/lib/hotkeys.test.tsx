import { fireEvent, render } from '@testing-library/react';
import { expect, it } from 'vitest';
import { useHotkeys } from './hotkeys';

const pressed: string[] = [];

function Listener() {
	useHotkeys((key) => {
		pressed.push(key);
		return true;
	});
	return <input />;
}

it('hears letters, on a Cyrillic keyboard too, but not typing or browser shortcuts', () => {
	const { container } = render(<Listener />);
	fireEvent.keyDown(document.body, { key: 'w', code: 'KeyW' });
	fireEvent.keyDown(document.body, { key: 'ц', code: 'KeyW' });
	fireEvent.keyDown(document.body, { key: 'W', code: 'KeyW', shiftKey: true });
	fireEvent.keyDown(document.body, { key: '?', code: 'Slash' });
	fireEvent.keyDown(document.body, { key: 'w', code: 'KeyW', ctrlKey: true });
	fireEvent.keyDown(container.querySelector('input') as HTMLElement, { key: 'w', code: 'KeyW' });
	expect(pressed).toEqual(['w', 'w', 'w', '?']);
});
