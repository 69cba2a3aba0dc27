//! A reader's hands: the mouse with its moves and clicks, or the keyboard alone, where Tab is the only way from part to
//! part.

use crate::session::Page;
use anyhow::{Context, Result, bail, ensure};
use fantoccini::actions::{
    InputSource, KeyAction, KeyActions, MOUSE_BUTTON_LEFT, MouseActions, PointerAction, TouchActions,
};
use fantoccini::key::Key;
use serde_json::json;
use std::time::Duration;

/// More presses of Tab than the page has stops.
const MOST_STOPS: u32 = 300;

/// How long a step of a finger takes.
const STEP: Duration = Duration::from_millis(16);

/// The reader's input device.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Hand {
    Mouse,
    Keys,
}

/// A key by its letter or its name.
pub(crate) trait IntoKey {
    fn into_key(self) -> char;
}

impl IntoKey for char {
    fn into_key(self) -> char {
        self
    }
}

impl IntoKey for Key {
    fn into_key(self) -> char {
        self.into()
    }
}

impl Page {
    /// Clicks an element, or goes there by Tab and presses Enter.
    pub(crate) async fn activate(&self, hand: Hand, css: &str) -> Result<()> {
        self.reach(hand, css).await?;
        match hand {
            Hand::Mouse => Ok(()),
            Hand::Keys => self.press(&[Key::Enter]).await,
        }
    }

    /// Clicks an element, or goes there by Tab.
    pub(crate) async fn reach(&self, hand: Hand, css: &str) -> Result<()> {
        match hand {
            Hand::Mouse => self.point_and_click(css).await,
            Hand::Keys => self.tab_to(css).await,
        }
    }

    /// Presses Tab, or Shift and Tab if the element comes earlier, until it has the focus, which must be visible.
    pub(crate) async fn tab_to(&self, css: &str) -> Result<()> {
        let state = "const wanted = document.querySelector(arguments[0]), now = document.activeElement;
            if (!wanted) return 'missing';
            if (wanted !== now) return wanted.compareDocumentPosition(now) & Node.DOCUMENT_POSITION_FOLLOWING ? 'back' : 'on';
            return now.matches(':focus-visible, [data-keyed]') ? 'there' : 'unseen'";
        for _ in 0..MOST_STOPS {
            match self.js(state, vec![json!(css)]).await?.as_str().context("no state")? {
                "there" => return Ok(()),
                "on" => self.press(&[Key::Tab]).await?,
                "back" => self.press_with(Key::Shift, Key::Tab).await?,
                state => bail!("{css} is {state}"),
            }
        }
        bail!("{css} is not reached by Tab")
    }

    /// Presses keys where the focus is.
    pub(crate) async fn press(&self, keys: &[Key]) -> Result<()> {
        self.type_text(&keys.iter().map(|&key| char::from(key)).collect::<String>()).await
    }

    /// Types where the focus is.
    pub(crate) async fn type_text(&self, text: &str) -> Result<()> {
        let strokes = text.chars().flat_map(|value| [KeyAction::Down { value }, KeyAction::Up { value }]);
        let actions = strokes.fold(KeyActions::new("keys".to_owned()), KeyActions::then);
        Ok(self.client.perform_actions(actions).await?)
    }

    /// Presses a key while another is held.
    pub(crate) async fn press_with(&self, held: Key, key: impl IntoKey) -> Result<()> {
        let (held, key) = (char::from(held), key.into_key());
        let actions = KeyActions::new("keys".to_owned())
            .then(KeyAction::Down { value: held })
            .then(KeyAction::Down { value: key })
            .then(KeyAction::Up { value: key })
            .then(KeyAction::Up { value: held });
        Ok(self.client.perform_actions(actions).await?)
    }

    /// Chooses batch norm in the method row.
    pub(crate) async fn choose_batch(&self, hand: Hand) -> Result<()> {
        match hand {
            Hand::Mouse => self.point_and_click("label.tile:has(input[value=batch])").await?,
            Hand::Keys => {
                self.tab_to("input[name=norm]:checked").await?;
                while self.js("return document.activeElement.value", vec![]).await? != json!("batch") {
                    self.press(&[Key::Left]).await?;
                    let is_row = self.js("return document.activeElement.name", vec![]).await?;
                    ensure!(is_row == json!("norm"), "the arrows left the row");
                }
            }
        }
        self.until("batch norm is chosen", "document.querySelector('input[value=batch]').checked").await
    }

    /// Types a number of the sentence in place of another, and presses Enter.
    pub(crate) async fn type_into_number(&self, hand: Hand, css: &str, typed: &str) -> Result<()> {
        self.activate(hand, css).await?;
        self.until("the number can be typed", "document.activeElement.matches('#sentence input')").await?;
        self.type_text(typed).await?;
        self.press(&[Key::Enter]).await
    }

    /// Moves the mouse to an element and clicks it.
    pub(crate) async fn point_and_click(&self, css: &str) -> Result<()> {
        let (x, y) = self.point_in(css, 0.5, 0.5).await?;
        self.mouse(&[(x, y)], true).await
    }

    /// Drags an element sideways.
    pub(crate) async fn drag_sideways(&self, css: &str, dx: f64) -> Result<()> {
        let (x, y) = self.point_in(css, 0.5, 0.5).await?;
        self.mouse(&[(x, y), (x + dx / 2.0, y), (x + dx, y)], true).await
    }

    /// Taps some pixels away from the middle of an element.
    pub(crate) async fn tap(&self, css: &str, dx: f64, dy: f64) -> Result<()> {
        let (x, y) = self.point_in(css, 0.5, 0.5).await?;
        let actions = TouchActions::new("finger".to_owned())
            .then(PointerAction::MoveTo { duration: None, x: x + dx, y: y + dy })
            .then(PointerAction::Down { button: MOUSE_BUTTON_LEFT })
            .then(PointerAction::Up { button: MOUSE_BUTTON_LEFT });
        Ok(self.client.perform_actions(actions).await?)
    }

    /// Drags an element with a finger, in steps as a finger makes them: the browser decides on the first whether it
    /// scrolls.
    pub(crate) async fn swipe(&self, css: &str, dx: f64, dy: f64) -> Result<()> {
        const N_STEPS: u32 = 12;
        let (x, y) = self.point_in(css, 0.5, 0.5).await?;
        let start = TouchActions::new("finger".to_owned())
            .then(PointerAction::MoveTo { duration: None, x, y })
            .then(PointerAction::Down { button: MOUSE_BUTTON_LEFT });
        let actions = (1..=N_STEPS).fold(start, |actions, step| {
            let share = f64::from(step) / f64::from(N_STEPS);
            actions.then(PointerAction::MoveTo { duration: Some(STEP), x: x + dx * share, y: y + dy * share })
        });
        Ok(self.client.perform_actions(actions.then(PointerAction::Up { button: MOUSE_BUTTON_LEFT })).await?)
    }

    /// Moves the mouse to a share of the cube's width and height.
    pub(crate) async fn hover_cube(&self, across: f64, down: f64) -> Result<()> {
        let at = self.point_in("#cube", across, down).await?;
        self.mouse(&[at], false).await
    }

    /// Presses there, and releases `dy` pixels lower.
    pub(crate) async fn drag_cube(&self, across: f64, down: f64, dy: f64) -> Result<()> {
        let (x, y) = self.point_in("#cube", across, down).await?;
        self.mouse(&[(x, y), (x, y + dy / 2.0), (x, y + dy)], true).await
    }

    /// The position on the screen of a share of an element's width and height, once it is in view.
    pub(crate) async fn point_in(&self, css: &str, across: f64, down: f64) -> Result<(f64, f64)> {
        let place = "const element = document.querySelector(arguments[0]);
            element.scrollIntoView({ behavior: 'instant', block: 'center' });
            const box = element.getBoundingClientRect();
            return [box.x + box.width * arguments[1], box.y + box.height * arguments[2]]";
        let place =
            self.js(place, vec![json!(css), json!(across), json!(down)]).await.with_context(|| css.to_owned())?;
        let coordinate = |i: usize| place[i].as_f64().map(f64::round).context("no place");
        Ok((coordinate(0)?, coordinate(1)?))
    }

    /// Moves the mouse along points, with the button down from the first to the last or not at all.
    async fn mouse(&self, way: &[(f64, f64)], is_pressed: bool) -> Result<()> {
        let mut actions = MouseActions::new("mouse".to_owned());
        for (i, &(x, y)) in way.iter().enumerate() {
            actions = actions.then(PointerAction::MoveTo { duration: None, x, y });
            if i == 0 && is_pressed {
                actions = actions.then(PointerAction::Down { button: MOUSE_BUTTON_LEFT });
            }
        }
        if is_pressed {
            actions = actions.then(PointerAction::Up { button: MOUSE_BUTTON_LEFT });
        }
        Ok(self.client.perform_actions(actions).await?)
    }
}
