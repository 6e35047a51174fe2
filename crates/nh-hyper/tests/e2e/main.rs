//! One suite, over real sockets, on every runtime.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the message")]

#[cfg(feature = "entra")]
mod arm;
mod bulk;
mod calls;
mod connections;
#[cfg(feature = "entra")]
mod entra;
#[cfg(any(feature = "tokio", feature = "smol", feature = "async-std"))]
mod environment;
mod errors;
mod fate;
mod floods;
mod holdings;
#[cfg(feature = "http2")]
mod http2;
#[cfg(feature = "http2")]
mod http2_server;
mod layers;
#[cfg(feature = "metrics")]
mod metrics;
mod migration;
mod network;
mod proxy;
mod receipts;
mod rotation;
mod runtimes;
mod scripted;
mod stack;
mod storage;
mod throttled;
mod tls;
mod traces;
mod waiting;

/// Runs each test on each runtime that is compiled in.
macro_rules! on_every_runtime {
    ($($module:ident: $($(#[$needs:meta])* $test:ident),+;)+) => {
        #[cfg(feature = "tokio")]
        mod on_tokio {
            $($($(#[$needs])* #[test] fn $test() { crate::runtimes::on_tokio(crate::$module::$test) })+)+
        }
        #[cfg(feature = "smol")]
        mod on_smol {
            $($($(#[$needs])* #[test] fn $test() { crate::runtimes::on_smol(crate::$module::$test) })+)+
        }
        #[cfg(feature = "async-std")]
        mod on_async_std {
            $($($(#[$needs])* #[test] fn $test() { crate::runtimes::on_async_std(crate::$module::$test) })+)+
        }
    };
}

on_every_runtime! {
    bulk: a_part_that_fails_takes_no_other_with_it, every_recipient_is_accounted_for, throttled_it_waits_and_goes_on,
        a_killed_run_goes_on, another_list_or_notification_is_refused, what_is_wrong_for_all_ends_it,
        without_a_connection_it_gives_up, stopped_it_comes_to_an_end, a_stream_that_breaks_ends_it, a_journal_that_breaks_ends_it,
        the_next_part_begins_while_an_end_is_recorded, after_a_failure_no_part_begins;
    calls: send_to_a_tag, send_to_an_expression, send_to_everyone, test_send, test_send_to_nobody, send_direct,
        send_direct_to_a_browser, send_batch, schedule_and_cancel, a_key_that_may_only_listen, a_hub_that_does_not_exist,
        a_replaced_key, the_dump_shows_everything_but_the_signature, bad_input_sends_nothing, any_operation_and_any_task,
        many_at_once, the_tutorials_methods, what_became_of_a_notification;
    connections: what_is_in_flight_outlives_its_connections, an_idle_connection_is_closed,
        whoever_waits_takes_what_is_given_back,
        #[cfg(feature = "http2")] http2_is_spoken_when_it_is_offered;
    entra: #[cfg(feature = "entra")] a_rotated_key_loses_no_send,
        #[cfg(feature = "entra")] the_hubs_of_a_namespace_share_its_key,
        #[cfg(feature = "entra")] a_thousand_calls_ask_once,
        #[cfg(feature = "entra")] a_key_that_is_refused_is_not_asked_for_again_and_again,
        #[cfg(feature = "entra")] while_arm_is_down_the_old_key_stays,
        #[cfg(feature = "entra")] what_arm_refuses_is_named,
        #[cfg(feature = "entra")] without_a_token_nothing_is_asked,
        #[cfg(feature = "entra")] a_dropped_call_leaves_nothing_locked,
        #[cfg(feature = "entra")] a_new_key_is_given_time,
        #[cfg(feature = "entra")] a_key_of_ones_own_is_not_renewed;
    errors: each_thing_is_said_once, each_sentence_helps_by_itself, a_proxys_refusal_is_judged,
        a_clock_that_is_wrong_is_named, what_speaks_no_tls_is_named,
        an_attempt_is_not_forgotten_in_the_crowd;
    fate: what_is_unknown_stays_unknown, an_answer_after_an_unknown_attempt, a_handshake_that_does_not_end,
        a_success_that_cannot_be_read, what_lasts_is_not_tried_again, a_send_is_repeated_for_who_asks, an_error_names_what_was_sent,
        an_answers_own_tracking_id_counts, without_time_nothing_is_sent,
        a_wait_that_takes_too_long_leaves_the_last_answer, a_409_means_what_the_operation_says;
    holdings: registrations_of_every_kind, a_registration_under_an_id, lists_page_by_page, a_list_loses_nothing, a_key_that_may_only_register,
        installations_of_every_platform, an_installation_is_changed, what_the_service_refuses_of_an_installation, jobs,
        the_feedback_container, hubs, no_dump_shows_a_secret;
    floods: interim_answers_end, a_few_interim_answers_are_read_over, a_flood_stops_nobody_else, first_come_first_served,
        switched_protocols;
    http2: #[cfg(feature = "http2")] a_cold_burst_opens_one_connection, #[cfg(feature = "http2")] a_server_without_http2,
        #[cfg(feature = "http2")] above_the_last_stream_nothing_was_done,
        #[cfg(feature = "http2")] a_refused_stream_was_not_done,
        #[cfg(feature = "http2")] a_stream_that_ends_otherwise_may_be_done,
        #[cfg(feature = "http2")] http1_is_spoken_if_the_server_wants_it,
        #[cfg(feature = "http2")] an_error_does_not_contradict_itself;
    layers: layers_go_over_the_built_in_stack, a_layer_sees_each_attempt, layers_go_over_a_service_of_ones_own,
        what_waits_for_a_layer_was_not_sent, a_handshake_under_a_layer;
    metrics: #[cfg(feature = "metrics")] a_recorder_gets_what_the_guide_says;
    migration: every_token_gets_its_successor, a_migrated_template_arrives, a_killed_migration_is_run_again, what_an_app_does_meanwhile_counts,
        a_migration_waits_while_it_is_throttled, a_migration_stops_at_what_all_would_meet,
        a_successor_lives_as_long_as_the_hub_says;
    network: throttled_and_tried_again, throttled_without_a_time, a_long_wait_is_not_begun, busy_is_not_repeated_for_a_send,
        busy_is_repeated_for_what_is_repeatable, a_broken_connection_is_not_repeated, no_answer_in_time, no_connection,
        an_untrusted_authority, an_answer_that_is_too_large, a_redirect_is_not_followed, an_answer_that_is_no_http,
        a_list_that_repeats_its_token_ends, a_list_goes_on_after_an_error, a_job_is_waited_for,
        polling_until_it_is_known, the_platforms_authorities, pem_without_a_certificate;
    receipts: each_outcome_comes_once, outcomes_come_when_they_are_final, the_time_bounds_all_outcomes,
        feedback_is_read_where_it_was_left, what_is_written_meanwhile_is_followed, no_dump_shows_the_signature_of_the_container,
        installations_are_listed, installations_by_tag_and_user, what_feedback_calls_dead_is_deleted,
        what_has_changed_since_is_kept, a_plan_can_be_run_twice;
    storage: pages_and_parts, a_refused_signature_is_renewed, a_signature_that_ends_is_renewed, one_blob_takes_no_other_with_it,
        what_is_cut_off_waits_for_its_rest, a_blob_that_was_written_anew, blobs_that_are_gone_are_forgotten,
        the_position_of_another_hub_is_refused, without_a_container_each_round_says_so;
    stack: through_an_http_proxy, a_proxy_that_does_not_let_in, through_a_socks5_proxy, loopback_needs_no_proxy,
        #[cfg(feature = "http2")] http2_shares_one_connection, old_connections_are_replaced, what_is_over_the_bound_waits_its_turn, options_of_a_call,
        a_service_in_place_of_the_stack, who_asks_is_said_on_the_wire, a_service_that_gives_up;
    throttled: all_calls_wait_together, the_longer_time_counts, other_namespaces_do_not_wait, without_time_to_wait_nothing_is_sent,
        what_names_no_time_holds_nobody, who_waits_is_told;
    traces: spans_name_everything_but_secrets, a_failure_is_one_in_both_spans,
        an_unreadable_success_is_a_failure_of_the_call, a_filter_is_in_no_span, the_dump_can_be_events;
    rotation: both_keys_are_good_while_they_change, a_key_replaced_between_two_attempts;
    tls: a_configuration_of_ones_own, an_authority_that_is_not_trusted_is_asked_once,
        #[cfg(feature = "webpki-roots")] mozillas_authorities_and_ones_own;
    waiting: looks_until_it_is_known, a_last_look_when_the_time_is_over, what_passes_is_waited_out,
        what_does_not_pass_ends_the_wait, the_time_bounds_every_look;
}

#[test]
fn a_client_is_small_and_goes_anywhere() {
    fn goes_anywhere<T: Clone + Send + Sync + 'static>() {}
    goes_anywhere::<nh_hyper::Client>();
    fn is_send(_: impl Send) {}
    let _ = |client: &nh_hyper::Client| {
        is_send(client.cancel("NH-1"));
        is_send(client.wait_for_notification_details("NH-1", std::time::Duration::ZERO));
        is_send(client.wait_for_job("1", std::time::Duration::ZERO));
        is_send(client.list_registrations().next());
        is_send(client.list_installations().next());
        is_send(client.outcomes(["NH-1"], std::time::Duration::ZERO).next());
        is_send(client.follow_feedback(nh_hyper::FeedbackPosition::START).next());
        is_send(client.plan_prune(nh_hyper::FeedbackPosition::START));
        is_send(client.prune([]).finish());
    };
    #[cfg(feature = "entra")]
    let _ = |transport: nh_hyper::Transport, entra: nh_hyper::entra::Entra| {
        is_send(async move { transport.hub_by_entra(entra).await });
    };
    assert!(size_of::<nh_hyper::Client>() <= 2 * size_of::<usize>());
}
