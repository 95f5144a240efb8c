//! The promises of the limiter, under tokio's paused clock: no real time passes.

use futures::future::join_all;

use super::*;

fn limits(per_second: f64, burst: u32, concurrency: usize) -> Limits {
    Limits {
        per_second,
        burst,
        concurrency,
        timeout: Duration::from_secs(60),
        max_wait: Duration::from_secs(600),
    }
}

fn limiter(per_second: f64, burst: u32) -> Limiter {
    Limiter::new(&limits(per_second, burst, 1000), Clock::Real)
}

/// When `calls` calls of 64 competing tasks started, in seconds from now, sorted.
async fn starts(limiter: &Limiter, calls: usize) -> Vec<f64> {
    let begun = Instant::now();
    let tasks = (0..64).map(|task| {
        let limiter = limiter.clone();
        async move {
            let mut moments = Vec::new();
            for _ in (task..calls).step_by(64) {
                let slot = limiter.acquire().await.unwrap();
                assert_eq!(slot.started, Instant::now());
                moments.push((slot.started - begun).as_secs_f64());
            }
            moments
        }
    });
    let mut all = join_all(tasks).await.concat();
    all.sort_by(f64::total_cmp);
    all
}

/// The most starts in any window of that many seconds, both ends included.
fn most_within(starts: &[f64], seconds: f64) -> usize {
    starts
        .iter()
        .enumerate()
        .map(|(at, from)| {
            let end = from + seconds;
            at..at + starts[at..].partition_point(|start| *start <= end)
        })
        .map(|window| window.len())
        .max()
        .unwrap_or(0)
}

#[tokio::test(start_paused = true)]
async fn no_window_is_overfull_and_the_rate_is_used() {
    for (rate, burst, calls) in [
        (5.0, 5, 60),
        (50.0, 10, 600),
        (1000.0, 100, 10_000),
        (0.5, 1, 10),
        (3.0, 1, 60),
        (2.0, 10, 40),
        (7.0, 3, 100),
    ] {
        let starts = starts(&limiter(rate, burst), calls).await;
        assert_eq!(starts.len(), calls);
        let most = most_within(&starts, 1.0);
        assert!(most <= (rate as usize).max(1), "{rate}: {most}");
        let at_once = most_within(&starts, 0.0);
        assert!(at_once <= burst as usize, "{rate}: {at_once} at once");
        // The first call is free: the rate counts the gaps behind it.
        let used = (calls - 1) as f64 / starts[calls - 1] / rate;
        assert!(used >= 0.95, "{rate}/s is used to {used}");
    }
}

/// Ten thousand calls and more, with idle times and pauses of the vendor in between.
#[tokio::test(start_paused = true)]
async fn long_traces_with_pauses_never_overfill_a_window() {
    for (rate, burst, calls) in [(5.0, 5, 10_000), (50.0, 10, 12_000), (1000.0, 100, 40_000)] {
        let limiter = limiter(rate, burst);
        let begun = Instant::now();
        let mut all = Vec::new();
        let (mut clean, mut clean_calls) = (0.0, 0);
        for part in 0..10_u64 {
            let from = begun.elapsed().as_secs_f64();
            let calls = calls / 10;
            let moments = starts(&limiter, calls).await;
            // After a pause the rate climbs, which is not meant to be the full rate.
            if part % 3 != 1 {
                clean += moments[calls - 1] - moments[0];
                clean_calls += calls - 1;
            }
            all.extend(moments.iter().map(|moment| from + moment));
            match part % 3 {
                0 => drop(limiter.throttled(
                    Instant::now(),
                    429,
                    (part == 0).then(|| Duration::from_secs(7)),
                    Duration::from_secs(3),
                )),
                1 => tokio::time::sleep(Duration::from_millis(37 * part)).await,
                _ => tokio::time::sleep(Duration::from_secs(5)).await,
            }
        }
        assert_eq!(all.len(), calls);
        for seconds in [0.25, 1.0] {
            let most = most_within(&all, seconds);
            assert!(most <= rate as usize, "{rate}: {most} in {seconds} s");
        }
        let used = f64::from(u32::try_from(clean_calls).unwrap()) / clean / rate;
        assert!(used >= 0.95, "{rate}/s is used to {used}");
    }
}

/// What the vendor sees: each call on its way for another time, and answered at once.
#[tokio::test(start_paused = true)]
async fn no_second_of_the_vendors_is_overfull_however_the_way_varies() {
    for (rate, burst, longest) in [
        (50.0, 5, 20),
        (500.0, 50, 20),
        (500.0, 50, 3),
        (500.0, 1, 9),
    ] {
        let limiter = limiter(rate, burst);
        let begun = Instant::now();
        let calls = rate as usize * 10;
        let arrivals = join_all((0..calls).map(|call| {
            let limiter = limiter.clone();
            async move {
                let slot = limiter.acquire().await.unwrap();
                // Long and short ways side by side; the first of a second take the longest.
                let way = (call * 7_919 + call / 500) as u64 % (longest + 1);
                let way = if call % 500 < 20 { longest } else { way };
                tokio::time::sleep(Duration::from_millis(way)).await;
                drop(slot);
                begun.elapsed().as_secs_f64()
            }
        }));
        full_and_never_overfull(arrivals.await, rate, burst);
    }
}

/// No second has more arrivals than the rate, and at least 97 % of it are used.
fn full_and_never_overfull(mut arrivals: Vec<f64>, rate: f64, burst: u32) {
    arrivals.sort_by(f64::total_cmp);
    let most = most_within(&arrivals, 1.0);
    assert!(most <= rate as usize, "{rate}: {most}");
    let calls = arrivals.len();
    let used = (calls - burst as usize) as f64 / arrivals[calls - 1] / rate;
    assert!(used >= 0.97, "{rate}/s is used to {used}");
}

/// A server that stands still takes all that came meanwhile at once, and counts it then.
#[tokio::test(start_paused = true)]
async fn no_second_is_overfull_behind_a_standstill() {
    for (rate, burst) in [(50.0, 6), (500.0, 51)] {
        let limiter = limiter(rate, burst);
        let begun = Instant::now();
        let calls = rate as usize * 20;
        let arrivals = join_all((0..calls).map(|_| {
            let limiter = limiter.clone();
            async move {
                let slot = limiter.acquire().await.unwrap();
                tokio::time::sleep(Duration::from_millis(1)).await;
                // For 80 ms of every 2.3 s nothing is taken.
                let into = begun.elapsed().as_millis() as u64 % 2_300;
                let stands = 1_000..1_080;
                if stands.contains(&into) {
                    tokio::time::sleep(Duration::from_millis(stands.end - into)).await;
                }
                drop(slot);
                begun.elapsed().as_secs_f64()
            }
        }));
        full_and_never_overfull(arrivals.await, rate, burst);
    }
}

/// Answers that take long cost no more than the jitter that is allowed for.
#[tokio::test(start_paused = true)]
async fn slow_answers_do_not_slow_the_rate() {
    let limiter = limiter(50.0, 5);
    let begun = Instant::now();
    join_all((0..500).map(|_| async {
        let _slot = limiter.acquire().await.unwrap();
        tokio::time::sleep(Duration::from_millis(700)).await;
    }))
    .await;
    let took = (begun.elapsed() - Duration::from_millis(700)).as_secs_f64();
    assert!(495.0 / took / 50.0 >= 0.97, "{took} s");
}

#[test]
fn a_late_timer_is_made_up_for_without_two_starts_at_once() {
    let pace = Pace::new(500.0, 1);
    let mut state = LimiterState::default();
    let (mut due, mut last) = (Instant::now(), None);
    let begun = due;
    for call in 0..400_u32 {
        // Each timer is late by another part of a millisecond, each tenth by far.
        let late = if call % 10 == 9 {
            5_000
        } else {
            call * 97 % 1_000
        };
        let now = due + Duration::from_micros(late.into());
        if let Some(last) = last {
            assert!(now - last >= Duration::from_millis(1), "{call}");
        }
        pace.start(&mut state, now, due);
        last = Some(now);
        due = pace.earliest(&state, now).max(now);
    }
    // The ten parts of a thousandth that timers are late are not lost, the five are.
    let took = (due - begun).as_secs_f64();
    assert!((0.94..0.98).contains(&took), "{took}");
}

#[tokio::test(start_paused = true)]
async fn a_rate_below_one_spaces_the_calls() {
    let starts = starts(&limiter(0.5, 5), 5).await;
    assert_eq!(starts, [0.0, 2.0, 4.0, 6.0, 8.0]);
}

#[tokio::test(start_paused = true)]
async fn a_fraction_never_rounds_up() {
    let starts = starts(&limiter(2.5, 5), 50).await;
    assert_eq!(most_within(&starts, 1.0), 2);
}

#[tokio::test(start_paused = true)]
async fn idle_time_is_not_saved_beyond_the_burst() {
    let limiter = limiter(10.0, 3);
    starts(&limiter, 20).await;
    tokio::time::sleep(Duration::from_secs(3600)).await;
    let later = starts(&limiter, 30).await;
    assert_eq!(most_within(&later, 0.05), 3);
    assert_eq!(most_within(&later, 1.0), 10);
}

#[tokio::test(start_paused = true)]
async fn first_come_is_first_served() {
    let limiter = limiter(5.0, 1);
    let order = Arc::new(Mutex::new(Vec::new()));
    join_all((0..20).map(|task| {
        let (limiter, order) = (limiter.clone(), Arc::clone(&order));
        async move {
            limiter.acquire().await.unwrap();
            order.lock().unwrap().push(task);
        }
    }))
    .await;
    assert_eq!(*order.lock().unwrap(), (0..20).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn a_pause_stops_those_who_wait_already_and_the_rate_climbs_back() {
    let limiter = limiter(16.0, 4);
    let begun = Instant::now();
    let pausing = {
        let limiter = limiter.clone();
        async move {
            tokio::time::sleep(Duration::from_millis(1500)).await;
            limiter.pause_until(begun + Duration::from_secs(31));
        }
    };
    let (starts, ()) = tokio::join!(starts(&limiter, 120), pausing);
    let between = |from: f64, to: f64| {
        starts
            .iter()
            .filter(|start| (from..to).contains(start))
            .count()
    };
    assert_eq!(between(1.5, 31.0), 0);
    assert_eq!(between(31.0, 32.0), 2);
    assert_eq!(between(32.0, 33.0), 4);
    assert_eq!(between(33.0, 34.0), 8);
    assert_eq!(between(34.0, 35.0), 16, "{starts:?}");
    assert!(most_within(&starts, 1.0) <= 16);
}

#[tokio::test(start_paused = true)]
async fn a_shorter_pause_does_not_cut_a_longer_one() {
    let limiter = limiter(5.0, 5);
    let begun = Instant::now();
    limiter.pause_until(begun + Duration::from_secs(60));
    limiter.pause_until(begun + Duration::from_secs(10));
    let slot = limiter.acquire().await.unwrap();
    assert_eq!(slot.started - begun, Duration::from_secs(60));
}

#[tokio::test(start_paused = true)]
async fn a_pause_past_the_limit_fails_at_once_for_all() {
    let limiter = limiter(5.0, 5);
    let begun = Instant::now();
    limiter.throttled(begun, 429, Some(Duration::MAX), Duration::from_secs(1));
    let ends = join_all((0..10).map(|_| limiter.acquire())).await;
    for end in ends {
        let too_long = end.unwrap_err();
        assert_eq!(too_long.allowed, Duration::from_secs(600));
        assert!(too_long.asked > Duration::from_secs(86_400));
    }
    assert_eq!(Instant::now(), begun);
}

#[tokio::test(start_paused = true)]
async fn a_long_queue_is_no_long_pause() {
    let limiter = limiter(0.01, 1);
    let begun = Instant::now();
    for _ in 0..10 {
        limiter.acquire().await.unwrap();
    }
    assert!(begun.elapsed() >= Duration::from_secs(900));
}

#[tokio::test(start_paused = true)]
async fn pauses_without_a_length_double_until_the_climb_is_over() {
    let limiter = limiter(10.0, 10);
    let first = Duration::from_secs(4);
    let mut waits = Vec::new();
    for _ in 0..3 {
        let slot = limiter.acquire().await.unwrap();
        // Three calls under way together are throttled together: one pause.
        for _ in 0..3 {
            limiter.throttled(slot.started, 429, None, first);
        }
        drop(slot);
        let state = limiter.shared.state();
        waits.push(state.pause.unwrap() - state.throttled_at.unwrap());
    }
    assert_eq!(waits, [4, 8, 16].map(Duration::from_secs));
    tokio::time::sleep(Duration::from_secs(16) + climb_time()).await;
    limiter.answered_well(Instant::now());
    limiter.throttled(limiter.acquire().await.unwrap().started, 429, None, first);
    let state = limiter.shared.state();
    assert_eq!(state.pause.unwrap() - state.throttled_at.unwrap(), first);
}

#[tokio::test(start_paused = true)]
async fn only_so_many_are_in_flight() {
    let limiter = Limiter::new(&limits(100.0, 100, 3), Clock::Real);
    let begun = Instant::now();
    let flying = Mutex::new((0, 0));
    join_all((0..9).map(|_| async {
        let slot = limiter.acquire().await.unwrap();
        {
            let mut flying = flying.lock().unwrap();
            flying.0 += 1;
            flying.1 = flying.0.max(flying.1);
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        flying.lock().unwrap().0 -= 1;
        drop(slot);
    }))
    .await;
    assert_eq!(flying.lock().unwrap().1, 3);
    assert_eq!(begun.elapsed(), Duration::from_secs(3));
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_gives_up_does_not_block_the_queue() {
    let limiter = limiter(1.0, 1);
    limiter.acquire().await.unwrap();
    let given_up = tokio::time::timeout(Duration::from_millis(100), limiter.acquire()).await;
    assert!(given_up.is_err());
    let begun = Instant::now();
    limiter.acquire().await.unwrap();
    assert!(begun.elapsed() <= WINDOW);
}

#[tokio::test(start_paused = true)]
async fn numbers_that_make_no_sense_still_work() {
    for rate in [f64::NAN, -1.0, 0.0, f64::INFINITY] {
        let limiter = Limiter::new(&limits(rate, 0, 0), Clock::Real);
        limiter.acquire().await.unwrap();
        limiter.acquire().await.unwrap();
    }
}

#[tokio::test]
async fn a_virtual_clock_never_waits() {
    let clock = Clock::jumping();
    let limiter = Limiter::new(&limits(1.0, 1, 1), clock.clone());
    for _ in 0..100 {
        limiter.acquire().await.unwrap();
    }
    assert!(clock.skipped() >= Duration::from_secs(99));
}

#[tokio::test(start_paused = true)]
async fn a_pause_is_worth_telling_once_and_if_it_is_waited_for() {
    let seconds = |seconds| Some(Duration::from_secs(seconds));
    let limiter = limiter(10.0, 1);
    let begun = Instant::now();
    let throttled = |asked| limiter.throttled(begun, 429, asked, Duration::from_secs(1));
    assert_eq!(throttled(seconds(5)), None);
    assert_eq!(throttled(seconds(30)), seconds(30));
    // Other calls that were under way say the same.
    assert_eq!(throttled(seconds(30)), None);
    assert_eq!(throttled(seconds(33)), None);
    assert_eq!(throttled(seconds(99_999)), None);
    let error = limiter.acquire().await.unwrap_err();
    assert_eq!(error.status, Some(429));
}
