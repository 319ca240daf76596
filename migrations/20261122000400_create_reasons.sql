create table reasons (
  code text primary key check (code ~ '^[a-z_]+(\.[a-z_]+){0,2}$'),
  parent_code text references reasons,
  name text not null check (length(name) between 1 and 80),
  position smallint not null,
  -- deceased and not recognised take no save attempt
  takes_save_attempt boolean not null default true,
  active boolean not null default true,
  version bigint not null default 1,
  check ((parent_code is null) = (code !~ '\.'))
);
create index reasons_parent on reasons (parent_code, position);

create table objections (
  code text primary key check (code ~ '^[a-z_]+$'),
  name text not null,
  position smallint not null
);

-- In order of cost: the cheapest is tried first.
create table levers (
  code text primary key check (code ~ '^[a-z_]+$'),
  name text not null,
  position smallint not null
);

insert into objections (code, name, position) values
  ('price', 'Price', 1), ('discount', 'Discount', 2), ('timing', 'Timing', 3), ('quality', 'Quality', 4),
  ('certification', 'Certification', 5), ('trust', 'Trust', 6), ('competitor', 'Competitor', 7),
  ('need_gone', 'Need gone', 8);

insert into levers (code, name, position) values
  ('fix_fault', 'Fix the fault', 1), ('explain_value', 'Explain value', 2), ('right_size', 'Right-size the plan', 3),
  ('pause', 'Pause', 4), ('swap_or_expedite', 'Swap or expedite', 5), ('one_off_credit', 'One-off credit', 6),
  ('time_limited_discount', 'Time-limited discount', 7), ('exception', 'Exception', 8);

insert into reasons (code, parent_code, name, position) values
  ('price', null, 'Price or affordability', 1),
  ('value', null, 'Value or usage', 2),
  ('competitor', null, 'Competitor', 3),
  ('product', null, 'Product or feature gap', 4),
  ('service', null, 'Service failure or outage', 5),
  ('support', null, 'Support experience', 6),
  ('billing', null, 'Billing error or trust', 7),
  ('delivery', null, 'Delivery, timing or logistics', 8),
  ('quality', null, 'Quality or certification', 9),
  ('life_event', null, 'Life event', 10),
  ('contract', null, 'Contract or policy', 11),
  ('fraud', null, 'Fraud or not recognised', 12),
  ('no_need', null, 'Found elsewhere or no longer needed', 13),
  ('other', null, 'Other', 14);

insert into reasons (code, parent_code, name, position) values
  ('price.too_high', 'price', 'Price too high', 1),
  ('price.extra_data_charges', 'price', 'Extra data charges', 2),
  ('price.long_distance_charges', 'price', 'Long distance charges', 3),
  ('price.increase', 'price', 'Price went up', 4),
  ('price.cannot_afford', 'price', 'Cannot afford it any more', 5),
  ('price.discount_ended', 'price', 'Discount ended', 6),
  ('value.not_used', 'value', 'Hardly used', 1),
  ('value.too_much', 'value', 'Pays for more than needed', 2),
  ('value.not_seen', 'value', 'Does not see the value', 3),
  ('competitor.better_offer', 'competitor', 'Competitor made better offer', 1),
  ('competitor.better_devices', 'competitor', 'Competitor had better devices', 2),
  ('competitor.more_data', 'competitor', 'Competitor offered more data', 3),
  ('competitor.higher_speeds', 'competitor', 'Competitor offered higher download speeds', 4),
  ('product.dissatisfaction', 'product', 'Product dissatisfaction', 1),
  ('product.limited_range', 'product', 'Limited range of services', 2),
  ('product.no_affordable_speed', 'product', 'Lack of affordable download/upload speed', 3),
  ('product.no_self_service', 'product', 'Lack of self-service on Website', 4),
  ('product.missing_feature', 'product', 'Missing feature', 5),
  ('service.dissatisfaction', 'service', 'Service dissatisfaction', 1),
  ('service.network_reliability', 'service', 'Network reliability', 2),
  ('service.outage', 'service', 'Outage', 3),
  ('service.call_quality', 'service', 'Call quality', 4),
  ('service.slow_internet', 'service', 'Slow internet', 5),
  ('support.attitude_of_support', 'support', 'Attitude of support person', 1),
  ('support.attitude_of_provider', 'support', 'Attitude of service provider', 2),
  ('support.phone_expertise', 'support', 'Poor expertise of phone support', 3),
  ('support.online_expertise', 'support', 'Poor expertise of online support', 4),
  ('support.not_resolved', 'support', 'Problem never resolved', 5),
  ('support.waiting', 'support', 'Waited too long for an answer', 6),
  ('billing.wrong_charge', 'billing', 'Charged wrongly', 1),
  ('billing.after_cancelling', 'billing', 'Billed after cancelling', 2),
  ('billing.unexpected_fee', 'billing', 'Unexpected fee or penalty', 3),
  ('billing.lost_trust', 'billing', 'Lost trust', 4),
  ('delivery.late', 'delivery', 'Late or missed date', 1),
  ('delivery.date_too_far', 'delivery', 'Date comes too late for the occasion', 2),
  ('delivery.damaged', 'delivery', 'Damaged on the way', 3),
  ('delivery.wrong_item', 'delivery', 'Wrong item', 4),
  ('quality.below_expectation', 'quality', 'Below expectation', 1),
  ('quality.certification', 'quality', 'Certification doubted', 2),
  ('quality.defect', 'quality', 'Defect', 3),
  ('life_event.moved', 'life_event', 'Moved', 1),
  ('life_event.closed', 'life_event', 'Business closed', 2),
  ('life_event.deceased', 'life_event', 'Deceased', 3),
  ('life_event.changed_plans', 'life_event', 'Changed plans', 4),
  ('contract.term_ended', 'contract', 'Contract term ended', 1),
  ('contract.terms', 'contract', 'Terms not acceptable', 2),
  ('contract.cannot_cancel', 'contract', 'Asked to cancel and it was not done', 3),
  ('contract.data_cap', 'contract', 'Data cap', 4),
  ('fraud.not_recognised', 'fraud', 'Not recognised', 1),
  ('fraud.suspected', 'fraud', 'Fraud suspected', 2),
  ('fraud.identity_theft', 'fraud', 'Identity theft', 3),
  ('no_need.found_elsewhere', 'no_need', 'Found elsewhere', 1),
  ('no_need.found_cheaper', 'no_need', 'Found cheaper', 2),
  ('no_need.not_needed', 'no_need', 'No longer needed', 3),
  ('other.dont_know', 'other', 'Don''t know', 1),
  ('other.not_stated', 'other', 'Not stated', 2);

update reasons set takes_save_attempt = false
where code in ('life_event.deceased', 'fraud.not_recognised', 'fraud.identity_theft');

call guard_version('reasons');
