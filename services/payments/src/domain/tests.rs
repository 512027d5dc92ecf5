use proptest::prelude::*;
use souk_contracts::{
    CustomerId, OrderId, PaymentId, RefundId,
    payments::{IntentState, RefundState},
};
use souk_types::{Currency, Money, Timestamp};

use super::{ledger::Account, *};

const AMOUNT: i64 = 1_000;

fn fresh(goal: Goal) -> Intent {
    Intent {
        id: PaymentId::from_bits(1),
        key: key(),
        amount: Money::new(AMOUNT, Currency::EUR),
        state: IntentState::Processing,
        goal,
        captured_minor: 0,
        refunding_minor: 0,
        refunded_minor: 0,
        late: false,
        gateway: "fake".to_owned(),
        reference: None,
        revision: 0,
        token: "tok".to_owned(),
        return_path: "/".to_owned(),
        action_url: None,
        failure: None,
        instrument: String::new(),
        ask_at: None,
        asks: 0,
        version: 1,
        created_at: Timestamp::EPOCH,
        refunds: Vec::new(),
        unwanted: None,
    }
}

fn key() -> ChargeKey {
    ChargeKey { customer: CustomerId::from_bits(2), order: OrderId::from_bits(3), attempt: 1 }
}

fn report(revision: i64, status: ChargeStatus) -> Command {
    let captured = matches!(status, ChargeStatus::Captured);
    Command::Report(Charge {
        key: key(),
        reference: "ch_1".to_owned(),
        revision,
        amount: Money::new(AMOUNT, Currency::EUR),
        status,
        captured_minor: if captured { AMOUNT } else { 0 },
        refunded_minor: 0,
        instrument: "Visa •••• 4242".to_owned(),
    })
}

fn carry_out(intent: &mut Intent, command: &Command, booked: &mut Vec<Journal>) -> Result<(), Refusal> {
    for change in decide(intent, command)? {
        evolve(intent, &change, Timestamp::EPOCH);
        booked.extend(journal(intent, &change));
    }
    Ok(())
}

fn after(goal: Goal, commands: &[Command]) -> Intent {
    let mut intent = fresh(goal);
    for command in commands {
        carry_out(&mut intent, command, &mut Vec::new()).unwrap();
    }
    intent
}

fn refund(id: u128, minor: i64) -> Command {
    Command::Refund { refund: RefundId::from_bits(id), minor, reason: "returned".to_owned() }
}

/// What the ledger has booked with the gateway: taken and given back.
fn with_gateway(booked: &[Journal]) -> (i64, i64) {
    let lines = booked.iter().flat_map(Journal::lines).filter(|(account, _)| *account == Account::GatewayClearing);
    lines.fold((0, 0), |(taken, given), (_, minor)| (taken + minor.max(0), given + (-minor).max(0)))
}

fn any_command() -> impl Strategy<Value = Command> {
    let status = prop_oneof![
        Just(ChargeStatus::Pending),
        Just(ChargeStatus::ActionRequired { url: "/challenge".to_owned() }),
        Just(ChargeStatus::Authorised),
        Just(ChargeStatus::Captured),
        Just(ChargeStatus::Declined { code: "no".to_owned(), reason: "no".to_owned() }),
        Just(ChargeStatus::Voided),
    ];
    prop_oneof![
        4 => (0_i64..12, status).prop_map(|(revision, status)| report(revision, status)),
        1 => Just(Command::NeverArrived),
        1 => Just(Command::Capture),
        1 => Just(Command::Undo),
        4 => (0_u128..4, 0_i64..700).prop_map(|(id, minor)| refund(id, minor)),
        4 => (0_u128..4, any::<bool>())
            .prop_map(|(id, given)| Command::RefundAnswered { refund: RefundId::from_bits(id), given }),
    ]
}

proptest! {
    #[test]
    fn no_sequence_of_commands_breaks_the_books(commands in proptest::collection::vec(any_command(), 0..40)) {
        let mut intent = fresh(Goal::Capture);
        let mut booked = Vec::new();
        for command in &commands {
            let before = (intent.clone(), booked.len());
            if carry_out(&mut intent, command, &mut booked).is_err() {
                prop_assert_eq!((&intent, booked.len()), (&before.0, before.1));
            }
            prop_assert!(invariants::ledger_balances(&booked));
            prop_assert!(invariants::refunds_within_captured(&intent));
            prop_assert!(invariants::refunds_add_up(&intent));
            prop_assert!(invariants::captured_means_money(&intent));
            prop_assert_eq!(with_gateway(&booked), (intent.captured_minor, intent.refunded_minor));
            let captures = booked.iter().filter(|journal| journal.name == "1:capture").count();
            prop_assert!(captures <= 1);
        }
    }

    #[test]
    fn a_command_done_twice_changes_nothing_more(commands in proptest::collection::vec(any_command(), 0..20)) {
        let mut intent = fresh(Goal::Hold);
        for command in &commands {
            if carry_out(&mut intent, command, &mut Vec::new()).is_ok() {
                prop_assert_eq!(decide(&intent, command), Ok(Vec::new()));
            }
        }
    }

    #[test]
    fn an_undone_intent_comes_to_rest_with_no_money(
        commands in proptest::collection::vec(any_command(), 0..20),
    ) {
        let mut intent = fresh(Goal::Capture);
        let mut booked = Vec::new();
        for command in commands.iter().chain([&Command::Undo]) {
            let _refused = carry_out(&mut intent, command, &mut booked);
        }
        for round in 0_u32..20 {
            let revision = intent.revision + 1;
            let answer = match next_step(&intent) {
                Step::Rest => break,
                Step::Ask => report(revision, ChargeStatus::Captured),
                Step::Void => report(revision, ChargeStatus::Voided),
                Step::Capture => panic!("an undone intent is not captured"),
                Step::GiveBack { minor } => refund(u128::from(round) + 100, minor),
                Step::Refund { refund, .. } => Command::RefundAnswered { refund, given: true },
            };
            prop_assert_eq!(carry_out(&mut intent, &answer, &mut booked), Ok(()));
        }
        prop_assert_eq!(next_step(&intent), Step::Rest);
        prop_assert_eq!(intent.captured_minor, intent.refunded_minor);
        prop_assert!(!matches!(intent.state, IntentState::Authorised | IntentState::ActionRequired));
    }
}

#[test]
fn a_stale_report_changes_nothing() {
    let intent = after(Goal::Hold, &[report(2, ChargeStatus::Authorised)]);
    assert_eq!(decide(&intent, &report(1, ChargeStatus::Pending)), Ok(Vec::new()));
    assert_eq!(decide(&intent, &report(2, ChargeStatus::Voided)), Ok(Vec::new()));
}

#[test]
fn a_report_of_another_amount_is_refused() {
    let Command::Report(charge) = report(1, ChargeStatus::Authorised) else { panic!() };
    let other = Charge { amount: Money::new(AMOUNT + 1, Currency::EUR), ..charge };
    assert!(matches!(decide(&fresh(Goal::Hold), &Command::Report(other)), Err(Refusal::WrongAmount { .. })));
}

#[test]
fn what_is_captured_goes_back_by_refunds_only() {
    let intent = after(Goal::Capture, &[report(1, ChargeStatus::Captured), report(2, ChargeStatus::Voided)]);
    assert_eq!((intent.state, intent.captured_minor), (IntentState::Captured, AMOUNT));
}

#[test]
fn money_that_comes_after_a_refusal_is_booked() {
    let declined = ChargeStatus::Declined { code: "no".to_owned(), reason: "no".to_owned() };
    let intent = after(Goal::Capture, &[report(1, declined), report(2, ChargeStatus::Captured)]);
    assert_eq!((intent.state, intent.failure), (IntentState::Captured, None));
}

#[test]
fn unwanted_money_is_owed_to_the_customer_and_given_back() {
    let mut intent = Intent { unwanted: Some("the order has ended".to_owned()), ..fresh(Goal::Capture) };
    let mut booked = Vec::new();
    carry_out(&mut intent, &report(1, ChargeStatus::Captured), &mut booked).unwrap();
    assert!(intent.late);
    assert_eq!(booked[0].credit, Account::CustomerFunds);
    assert_eq!(next_step(&intent), Step::GiveBack { minor: AMOUNT });
}

#[test]
fn more_than_is_left_cannot_be_refunded() {
    let intent = after(Goal::Capture, &[report(1, ChargeStatus::Captured), refund(1, 700)]);
    assert_eq!(decide(&intent, &refund(2, 301)), Err(Refusal::RefundTooLarge { refundable_minor: 300 }));
    assert!(decide(&intent, &refund(2, 300)).is_ok());
}

#[test]
fn a_refused_refund_can_be_asked_again() {
    let refused = Command::RefundAnswered { refund: RefundId::from_bits(1), given: false };
    let intent = after(Goal::Capture, &[report(1, ChargeStatus::Captured), refund(1, AMOUNT), refused]);
    assert_eq!(intent.refunds[0].state, RefundState::Failed);
    assert_eq!(intent.refundable_minor(), AMOUNT);
}

#[test]
fn a_refunds_id_stands_for_one_amount() {
    let intent = after(Goal::Capture, &[report(1, ChargeStatus::Captured), refund(1, 700)]);
    assert_eq!(decide(&intent, &refund(1, 100)), Err(Refusal::OtherRefund));
}
