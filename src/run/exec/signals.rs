//! Receiving signals one at a time. To PID 1 the kernel delivers only signals that have a handler.

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;

/// Signals that are forwarded to the child. A stop from the terminal (Ctrl-Z) is left to the kernel, which stops child and parent
/// alike.
const FORWARDED: [i32; 9] = [
    rustix::process::Signal::HUP.as_raw(),
    rustix::process::Signal::INT.as_raw(),
    rustix::process::Signal::QUIT.as_raw(),
    rustix::process::Signal::USR1.as_raw(),
    rustix::process::Signal::USR2.as_raw(),
    rustix::process::Signal::ALARM.as_raw(),
    rustix::process::Signal::TERM.as_raw(),
    rustix::process::Signal::CONT.as_raw(),
    rustix::process::Signal::WINCH.as_raw(),
];

/// Whether `number`, one of the forwarded signals, ends a program without a handler for it (`signal(7)`).
pub fn ends(number: i32) -> bool {
    ![rustix::process::Signal::CONT, rustix::process::Signal::WINCH].iter().any(|signal| signal.as_raw() == number)
}

/// Whether `number` always asks a program to end.
fn asks_to_end(number: i32) -> bool {
    [rustix::process::Signal::TERM, rustix::process::Signal::QUIT].iter().any(|signal| signal.as_raw() == number)
}

/// The signals of this process.
pub struct Signals {
    received: mpsc::UnboundedReceiver<i32>,
    /// A child process has ended.
    ended: Signal,
    was_asked_to_end: bool,
}

impl Signals {
    /// Starts receiving.
    ///
    /// # Errors
    /// When the system refuses to deliver them.
    pub fn receive() -> std::io::Result<Self> {
        let (send, received) = mpsc::unbounded_channel();
        for number in FORWARDED {
            let mut one = signal(SignalKind::from_raw(number))?;
            let send = send.clone();
            tokio::spawn(async move { while one.recv().await.is_some() && send.send(number).is_ok() {} });
        }
        Ok(Self { received, ended: signal(SignalKind::child())?, was_asked_to_end: false })
    }

    /// Whether this process was asked to end. If so, nothing is started any more.
    pub fn was_asked_to_end(&self) -> bool {
        self.was_asked_to_end
    }

    /// The next signal to forward, or `None` when a child process has ended.
    pub async fn next_or_ended(&mut self) -> Option<i32> {
        let number = tokio::select! {
            biased;
            number = self.received.recv() => number,
            _ = self.ended.recv() => None,
        };
        self.was_asked_to_end |= number.is_some_and(asks_to_end);
        number
    }

    /// The next signal that ends a program without a handler for it.
    pub async fn ending(&mut self) -> i32 {
        loop {
            match self.received.recv().await {
                Some(number) if ends(number) => return number,
                Some(_) => {}
                None => std::future::pending().await,
            }
        }
    }
}
