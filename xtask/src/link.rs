//! A way between two programs that can be disturbed: cut, slow and lossy, or without anybody at its end.
//!
//! It stands between a caller and a listener on loopback, in this process, so it needs neither rights nor the kernel's
//! `netem`, which many kernels lack. What it cannot do is lose a single segment: TCP hides that from programs, who see
//! that bytes come later, and this is what it does to them.

use std::{
    io::{Read as _, Write as _},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::Result;
use socket2::SockRef;

use crate::process::free_address;

/// Connections that wait to be accepted.
const BACKLOG: i32 = 128;
/// Connections that are tried to fill a listener's queue of length 0: it takes one, and the acceptor may take another.
const FILLERS: usize = 3;
const FILLED_AFTER: Duration = Duration::from_millis(100);
/// How long connecting to the far end may take: it is on this machine.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
const CHUNK_BYTES: usize = 16 * 1024;
/// Chunks on their way in one direction of a connection.
const CHUNKS_MAX: usize = 64;
/// What a segment carries over Ethernet: 1500 bytes without the headers of IPv4 and TCP, with timestamps.
const SEGMENT_BYTES: usize = 1_448;
/// How long a sender waits for an acknowledgement before it sends again, at least (RFC 6298, 2.4). The wait doubles each
/// time that it is in vain (5.5).
const RETRANSMIT_AFTER: Duration = Duration::from_secs(1);
const STACK_BYTES: usize = 128 * 1024;

/// How a way is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Condition {
    /// Bytes pass as they come.
    Sound,
    /// Nothing passes: connections hang, and so does whoever wants a new one. What was on its way arrives afterwards.
    Cut,
    /// Bytes take longer, each way.
    Poor {
        /// How much longer.
        delay: Duration,
        /// Which part of all segments is lost and has to be sent again; 0 to 1.
        loss: f64,
    },
    /// Nobody listens at its end, and callers are refused.
    Refused,
}

/// A way to an address, which can be disturbed.
pub struct Link {
    /// Where to call instead.
    pub address: SocketAddr,
    listener: Arc<TcpListener>,
    way: Arc<Way>,
    /// Hold the queue of a listener that is cut off, so that the kernel answers nobody who wants to connect.
    fillers: Vec<TcpStream>,
}

struct Way {
    far: SocketAddr,
    condition: Mutex<Option<Condition>>,
    changed: Condvar,
}

impl Link {
    /// A sound way to an address.
    ///
    /// # Errors
    /// When there is no port, or no thread.
    pub fn to(far: SocketAddr) -> Result<Self> {
        // A port that was chosen by name stays when the listener refuses for a while.
        let listener = Arc::new(TcpListener::bind(free_address()?)?);
        let way = Arc::new(Way { far, condition: Mutex::new(Some(Condition::Sound)), changed: Condvar::new() });
        let link = Self { address: listener.local_addr()?, listener, way, fillers: Vec::new() };
        let (listener, way) = (Arc::clone(&link.listener), Arc::clone(&link.way));
        begin("link", move || accept(&listener, &way))?;
        Ok(link)
    }

    /// Makes the way as it is said.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub fn set(&mut self, condition: Condition) -> Result<()> {
        let listener = SockRef::from(&*self.listener);
        self.fillers.clear();
        match condition {
            Condition::Refused => listener.shutdown(Shutdown::Both)?,
            Condition::Cut => listener.listen(0)?,
            Condition::Sound | Condition::Poor { .. } => listener.listen(BACKLOG)?,
        }
        self.way.set(Some(condition));
        if condition == Condition::Cut {
            let filler = || TcpStream::connect_timeout(&self.address, FILLED_AFTER);
            self.fillers = (0..FILLERS).filter_map(|_| filler().ok()).collect();
        }
        Ok(())
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.fillers.clear();
        self.way.set(None);
        // Wakes the acceptor, who then sees that this is over; there is nothing to be done about one that sleeps on.
        drop(SockRef::from(&*self.listener).shutdown(Shutdown::Both));
    }
}

impl Way {
    fn set(&self, condition: Option<Condition>) {
        *self.condition.lock().unwrap_or_else(PoisonError::into_inner) = condition;
        self.changed.notify_all();
    }

    /// How the way is, once it is none of those that are waited out; `None` when it has come to its end.
    fn wait_while(&self, waited_out: impl Fn(Condition) -> bool) -> Option<Condition> {
        let condition = self.condition.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = self.changed.wait_while(condition, |condition| condition.is_some_and(&waited_out));
        *waiting.unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits until bytes may pass.
fn passable(way: &Way) -> Option<Condition> {
    way.wait_while(|condition| condition == Condition::Cut)
}

fn begin(name: &str, work: impl FnOnce() + Send + 'static) -> Result<()> {
    thread::Builder::new().name(name.to_owned()).stack_size(STACK_BYTES).spawn(work)?;
    Ok(())
}

fn accept(listener: &TcpListener, way: &Arc<Way>) {
    loop {
        let accepted = listener.accept();
        let Some(condition) = passable(way) else { return };
        match accepted {
            // One that cannot be led on is closed, and its caller sees that.
            Ok((near, _)) if condition != Condition::Refused => drop(lead(near, way, condition)),
            Ok(_) => {}
            Err(_) => drop(way.wait_while(|condition| condition == Condition::Refused)),
        }
    }
}

/// Connects to the far end, and carries bytes both ways until one end is gone.
fn lead(near: TcpStream, way: &Arc<Way>, condition: Condition) -> Result<()> {
    let way = Arc::clone(way);
    // The handshake goes there and back before the first byte: here it is made late.
    let (there, back) = (takes(condition, 1), takes(condition, 1));
    begin("link-out", move || {
        let Ok(far) = TcpStream::connect_timeout(&way.far, CONNECT_WITHIN) else { return };
        let opens = Instant::now() + there + back;
        let both = || -> Result<_> {
            near.set_nodelay(true)?;
            far.set_nodelay(true)?;
            Ok((near.try_clone()?, far.try_clone()?, Arc::clone(&way)))
        };
        let Ok((near_too, far_too, way_too)) = both() else { return };
        if begin("link-back", move || carry(&far_too, &near_too, &way_too, Instant::now())).is_ok() {
            carry(&near, &far, &way, opens);
        }
    })
}

/// Carries what one end says to the other, none of it said before an instant.
fn carry(from: &TcpStream, to: &TcpStream, way: &Way, opens: Instant) {
    let (on_its_way, arriving) = sync_channel(CHUNKS_MAX);
    thread::scope(|scope| {
        scope.spawn(|| deliver(arriving, from, to, way));
        take(from, &on_its_way, way, opens);
        drop(on_its_way);
    });
}

/// Takes bytes until there are no more, and notes when they arrive: later bytes never before earlier ones.
fn take(mut from: &TcpStream, on_its_way: &SyncSender<(Instant, Vec<u8>)>, way: &Way, opens: Instant) {
    let (mut chunk, mut arrives) = (vec![0; CHUNK_BYTES], opens);
    while passable(way).is_some() {
        // A connection that was reset is one that ended, for whoever is at the other end.
        let length = from.read(&mut chunk).unwrap_or(0);
        let Some(condition) = passable(way) else { return };
        let longer = takes(condition, length.div_ceil(SEGMENT_BYTES));
        arrives = arrives.max(Instant::now().max(opens) + longer);
        // The end travels as bytes do.
        if on_its_way.send((arrives, chunk[..length].to_vec())).is_err() || length == 0 {
            return;
        }
    }
}

/// Hands over what has arrived.
fn deliver(arriving: Receiver<(Instant, Vec<u8>)>, from: &TcpStream, mut to: &TcpStream, way: &Way) {
    for (arrives, bytes) in arriving {
        thread::sleep(arrives.saturating_duration_since(Instant::now()));
        if passable(way).is_none() || to.write_all(&bytes).is_err() {
            // Nobody is there to hear the rest.
            drop(from.shutdown(Shutdown::Both));
            return;
        }
        if bytes.is_empty() {
            drop(to.shutdown(Shutdown::Write));
        }
    }
}

/// How long so many segments take longer. Each that is lost holds up those behind it.
fn takes(condition: Condition, segments: usize) -> Duration {
    let Condition::Poor { delay, loss } = condition else { return Duration::ZERO };
    let mut longer = delay;
    for _ in 0..segments {
        let mut again = RETRANSMIT_AFTER;
        while fastrand::f64() < loss {
            longer += again;
            again *= 2;
        }
    }
    longer
}

#[cfg(test)]
mod tests {
    use super::*;

    const A_WHILE: Duration = Duration::from_millis(300);

    /// A link to somebody who says everything again.
    fn link() -> Link {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let far = listener.local_addr().unwrap();
        begin("echo", move || {
            for stream in listener.incoming() {
                let stream = stream.unwrap();
                begin("echo", move || drop(std::io::copy(&mut &stream, &mut &stream))).unwrap();
            }
        })
        .unwrap();
        Link::to(far).unwrap()
    }

    fn connected(link: &Link) -> TcpStream {
        let stream = TcpStream::connect_timeout(&link.address, A_WHILE).unwrap();
        stream.set_read_timeout(Some(A_WHILE)).unwrap();
        stream
    }

    /// Says a word, and takes how long it is until it comes back.
    fn echo(stream: &TcpStream, wait: Duration) -> std::io::Result<Duration> {
        let (mut stream, begun) = (stream, Instant::now());
        stream.set_read_timeout(Some(wait))?;
        stream.write_all(b"word")?;
        let mut heard = [0; 4];
        stream.read_exact(&mut heard)?;
        assert_eq!(&heard, b"word");
        Ok(begun.elapsed())
    }

    #[test]
    fn what_is_cut_hangs_and_goes_on_afterwards() {
        let mut link = link();
        let stream = connected(&link);
        echo(&stream, A_WHILE).unwrap();
        link.set(Condition::Cut).unwrap();
        let hangs = echo(&stream, A_WHILE).unwrap_err();
        assert!([std::io::ErrorKind::WouldBlock, std::io::ErrorKind::TimedOut].contains(&hangs.kind()), "{hangs}");
        let nobody = TcpStream::connect_timeout(&link.address, A_WHILE).unwrap_err();
        assert_eq!(nobody.kind(), std::io::ErrorKind::TimedOut, "a connection that is not there hangs, too");
        link.set(Condition::Sound).unwrap();
        let mut heard = [0; 4];
        (&stream).read_exact(&mut heard).unwrap();
        echo(&stream, A_WHILE).unwrap();
        echo(&connected(&link), A_WHILE).unwrap();
    }

    #[test]
    fn what_is_refused_is_refused_at_once_and_taken_again_later() {
        let mut link = link();
        link.set(Condition::Refused).unwrap();
        let refused = TcpStream::connect_timeout(&link.address, A_WHILE).unwrap_err();
        assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
        link.set(Condition::Sound).unwrap();
        echo(&connected(&link), A_WHILE).unwrap();
    }

    #[test]
    fn a_poor_way_takes_as_much_longer_each_way() {
        let mut link = link();
        let stream = connected(&link);
        let delay = Duration::from_millis(50);
        link.set(Condition::Poor { delay, loss: 0.0 }).unwrap();
        let took = echo(&stream, Duration::from_secs(5)).unwrap();
        assert!(took >= delay * 2 && took < delay * 6, "{took:?}");
        let begun = Instant::now();
        echo(&connected(&link), Duration::from_secs(5)).unwrap();
        assert!(begun.elapsed() >= delay * 4, "a handshake goes there and back, too");
    }

    #[test]
    fn lost_segments_come_a_retransmission_later() {
        let poor = Condition::Poor { delay: Duration::ZERO, loss: 0.05 };
        let stalls: Duration = (0..2_000).map(|_| takes(poor, 1)).sum();
        // One in twenty waits for a second, and one in twenty of those for two more.
        let expected = RETRANSMIT_AFTER.mul_f64(2_000.0 * 0.05 / (1.0 - 2.0 * 0.05));
        assert!(stalls > expected / 2 && stalls < expected * 2, "{stalls:?}, expected about {expected:?}");
    }

    #[test]
    fn a_connection_that_breaks_off_is_over_at_the_other_end() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let link = Link::to(listener.local_addr().unwrap()).unwrap();
        let stream = connected(&link);
        (&stream).write_all(b"word").unwrap();
        let (far, _) = listener.accept().unwrap();
        far.peek(&mut [0; 4]).unwrap();
        // What was not read when it is closed makes the kernel reset the connection, as when a process is killed.
        drop(far);
        assert_eq!((&stream).read(&mut [0; 4]).unwrap(), 0);
    }

    #[test]
    fn who_goes_away_is_missed_at_the_other_end() {
        let link = link();
        let stream = connected(&link);
        stream.shutdown(Shutdown::Write).unwrap();
        assert_eq!((&stream).read(&mut [0; 4]).unwrap(), 0);
    }
}
