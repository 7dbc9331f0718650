/* When a lease may be closed: rules 5 and 6 of docs/ownership.md as a model for Spin. docs/model.md
 * says what it leaves out; script/model runs it.
 *
 * One server watches another's lease. Time passes in rounds, each as long as a renewal. A server is
 * well while it runs and reaches the database: then it gets a renewal through in each round, or
 * misses one and gets the next one through. All else happens as often as it likes, in any order,
 * for ever: the watched server freezes and thaws, or dies; the watcher stalls; the database is
 * away; renewals and closings land late. No number and no clock is needed for that: of a number it
 * only counts whether it has moved since the watcher last looked.
 *
 * Mutations, each a rule left out or wrong, are macros; script/model lists them.
 */

#define LEASE 5           /* rounds */
#define LONGEST 2         /* rounds between two reads without a gap: 5 s, of renewals of 2 s */
#ifdef ONE_READ_AFTER_A_GAP
#define READS_AFTER_GAP 1
#else
#define READS_AFTER_GAP 2
#endif
#define NEVER (LEASE + 1)

/* --- the database --- */
bool away;               /* nobody reaches it */
bool is_open = true;     /* the watched lease; else closed */
bool moved = true;       /* its number, since the watcher's last look */

/* --- the watched server --- */
bool dead, frozen;
bool renewed;            /* in this round */
bool missed;             /* in the round before, though it was well */
bool late;               /* one of its renewals may still land */
#define well (!dead && !frozen && !away && is_open)

/* --- the watcher: LeaseWatch in src/session/lease.h --- */
byte since = NEVER;      /* rounds since its last read that counts, up to LEASE */
byte watched;            /* rounds for which the number stood still, up to LEASE */
byte unbroken;           /* reads since the last gap, up to 2 */
bool looked;             /* in this round */
bool closing;            /* a request to close the lease is under way */

/* --- what is promised --- */
byte well_for;           /* rounds ended since the watched server has been well, up to 2 */
byte away_for;           /* rounds ended since the database has been away, up to LONGEST + 1 */
byte back_for = 2;       /* rounds ended since such a long outage, up to 2 */
hidden byte renewed_or_closed, the_well_are_never_closed, an_outage_takes_nobody;

inline renewal_lands() {
  late = false;
#ifndef RENEWED_WHEN_CLOSED
  if
  :: is_open ->
#endif
     renewed_or_closed = is_open;  /* RenewedOrClosed: a closed lease is never renewed */
     assert(renewed_or_closed);
     moved = true;
     renewed = true
#ifndef RENEWED_WHEN_CLOSED
  :: else
  fi
#endif
}

inline look(counts) {
  looked = true;
  if
  :: moved ->
     moved = false;
     watched = 0;
     unbroken = 0;
     since = (counts -> 0 : NEVER)
#ifdef WATCH_NOT_RESTARTED_AFTER_A_GAP
  :: !moved && counts && since != NEVER ->
#else
  :: !moved && counts && since <= LONGEST ->
#endif
     watched = (watched + since > LEASE -> LEASE : watched + since);
     unbroken = (unbroken == 2 -> 2 : unbroken + 1);
     since = 0
  :: else ->
     unbroken = 0;
#ifdef ONE_LATE_READ_POSTPONES
     watched = 0;
#endif
     since = (counts -> 0 : NEVER)
  fi;
  if
  :: watched == LEASE && unbroken >= READS_AFTER_GAP ->
     /* AnOutageTakesNobody: who was out of reach with it gets two rounds to come back. */
     an_outage_takes_nobody = back_for == 2;
     assert(an_outage_takes_nobody);
     closing = true
  :: else
  fi
}

inline close() {
  closing = false;
  if
#ifdef CLOSED_WHATEVER_THE_NUMBER
  :: is_open ->
#else
  :: is_open && !moved ->
#endif
     /* TheWellAreNeverClosed. */
     the_well_are_never_closed = well_for < 2;
     assert(the_well_are_never_closed);
     is_open = false
  :: else
  fi
}

inline unwell() {
  well_for = 0;
  missed = false
}

inline round_ends() {
  missed = well && !renewed;
  well_for = (!well -> 0 : (well_for == 2 -> 2 : well_for + 1));
  renewed = false;
  looked = false;
  since = (since >= LEASE -> since : since + 1);
  back_for = (back_for == 2 -> 2 : back_for + 1);
  away_for = (!away -> 0 : (away_for > LONGEST -> away_for : away_for + 1))
}

proctype Watched() {
end:
  do
  :: d_step { !dead && !frozen && !away && !renewed -> renewal_lands(); skip }
  :: d_step { !dead && !frozen && !late -> late = true; skip }
  :: d_step { late && !away -> renewal_lands(); skip }  /* after its server's death, too */
  :: d_step { late -> late = false; skip }
  :: d_step { !dead && !frozen -> frozen = true; unwell(); skip }
  :: d_step { !dead && frozen -> frozen = false; skip }
  :: d_step { !dead -> dead = true; frozen = false; unwell(); skip }
  od
}

proctype Watcher() {
end:
  do
  :: d_step { !away && !looked && !closing && is_open -> look(true); skip }
  /* Answered too late to count. */
  :: d_step { !away && !looked && !closing && is_open -> look(false); skip }
  :: d_step { closing && !away -> close(); skip }
  od
}

proctype Time() {
end:
  do
  :: d_step { !well || renewed || !missed -> round_ends(); skip }
  :: d_step { !away -> away = true; away_for = 0; unwell(); skip }
  :: d_step { away ->
              away = false; back_for = (away_for > LONGEST -> 0 : back_for); away_for = 0; skip }
  od
}

init {
  atomic { run Watched(); run Watcher(); run Time() }
}

/* TheSilentAreClosed: however many reads don't count and however often the database is away, if
 * only again and again three reads in a row do. */
#ifdef THE_SILENT_ARE_CLOSED
#define unbroken_again (unbroken == 2)
ltl the_silent_are_closed {
  ((always eventually looked) && (always eventually !looked) && (always eventually unbroken_again))
  implies always (dead implies (eventually !is_open))
}
#endif
