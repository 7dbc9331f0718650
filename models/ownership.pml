/* Who may change a profile, and what is lost: docs/ownership.md as a model for Spin.
 * docs/model.md says what it leaves out and why that is fair; script/model runs it.
 *
 * One profile, whose row and leases are the database's; every request to it is one step. A request
 * may be answered, or go astray: then a copy of it stays in the network and lands at any later time
 * or never, and its sender is in doubt. No clock: any step may be late by any time, so that servers
 * freeze and thaw wherever that could matter, and a lease may be closed whenever somebody could
 * believe that it ran out (watch.pml is about when the rules let them).
 *
 * Mutations, each a rule left out or wrong, are macros; script/model lists them.
 */

/* Bounds. A world is how often what may happen: loads begun; edits that return; requests that go
 * astray; processes that die, and of those that start again under their server's id; leases closed
 * while their server lives (it is frozen, or cut off); of the leases closed, those whose journal
 * can't be reached; loads given up (their deadline passes, or the player leaves). A search covers
 * every world in its list. */
#ifndef SERVERS
#define SERVERS 2
#endif
#define ALWAYS 255
#ifdef WORLD  /* one of your own, beside its incarnations and edits: see docs/model.md */
#define worlds world(LOADS, EDITS, ASTRAY, CRASHES, RESTARTS, CLOSES, ELSEWHERE, GIVEN_UP)
#elif defined(EVERY_START_ENDS) && SERVERS == 2
#define worlds world(3, 1, 1, 1, 1, 0, 0, 1) world(2, 1, 1, 0, 0, 1, 0, 1)
#elif defined(EVERY_START_ENDS)
#define worlds world(2, 1, 1, 1, 1, 0, 0, 1) world(2, 1, 0, 2, 1, 0, 0, 0)
#elif defined(SMALL)
#define worlds world(2, 2, 1, 0, 0, 1, 0, ALWAYS)
#elif SERVERS == 2
#define worlds \
  world(3, 2, 2, 0, 0, 0, 0, ALWAYS) world(3, 2, 1, 1, 1, 0, 0, ALWAYS) \
  world(2, 2, 2, 0, 0, 1, 0, ALWAYS) world(2, 1, 1, 1, 1, 1, 0, ALWAYS) \
  world(2, 2, 1, 0, 0, 1, 1, ALWAYS)
#else
#define worlds \
  world(2, 1, 1, 1, 1, 0, 0, ALWAYS) world(2, 1, 0, 2, 2, 0, 0, ALWAYS) \
  world(2, 1, 1, 0, 0, 1, 0, ALWAYS)
#endif
#ifndef EDITS
#define EDITS 2
#endif
#ifndef INCARNATIONS
#define INCARNATIONS (SERVERS + 2)
#endif
#define SESSIONS (SERVERS + 2)
#define TOKENS (SERVERS + 2)

mtype = { unborn, open, closed, recovered };              /* a lease */
mtype = { idle, loading, playing, ending, withdrawing };  /* a session on its server */
mtype = { resting, planning, committing, finishing };     /* a recovery */

/* --- the database --- */
typedef Lease {
  mtype state = unborn;
  byte server;
  byte recoverer;  /* incarnation; 0 is nobody's yet */
  bool sealed;     /* its journal takes no more records */
  bool elsewhere;  /* its journal was given up as unreachable */
};
Lease lease[INCARNATIONS + 1];  /* by incarnation */

typedef Row {
  byte session;   /* 0: free */
  byte epoch;
  byte revision;
  byte edit;      /* number of the last edit in it */
  byte data;      /* the edits in it, a bit each */
  byte ask;       /* the session that asks for it, or 0 */
  byte asks;      /* number of the last ask */
};
Row row;

/* --- the network --- */
typedef Commit {
  bool under_way;   /* its sender waits for an answer */
  bool late;        /* a copy has gone astray, and may land */
  bool stored;      /* the row's mark of its epoch has its token */
  bool hand_over;   /* else keep */
  byte session;     /* with epoch and revision: the fence */
  byte epoch;
  byte revision;
  byte edit;
  byte data;
  byte by;          /* the recoverer's incarnation; 0: the owner's own */
};
Commit commit[TOKENS + 1];  /* by token */

byte incarnation_of[SESSIONS + 1];  /* that proposed that session; 0: not in use */
bool late_acquire[SESSIONS + 1];    /* a copy of its acquire has gone astray */
byte late_number[SESSIONS + 1];     /* the ask number that the copy bears */

/* --- the journals --- */
typedef Record {
  byte journal;  /* incarnation */
  byte epoch;
  byte edit;
  byte image;    /* the data with this edit in it */
};
Record record[EDITS];  /* by the bit of its edit */
byte edits;

/* --- the servers --- */
typedef Server {
  bool up;
  byte incarnation;  /* 0: no lease */
  mtype phase = idle;
  byte session;
  byte asked;        /* the number of our ask, if one may have been written */
  byte epoch;
  byte revision;
  byte edit;
  byte saved;        /* the last edit that is durable */
  byte data;
  byte token;        /* of the commit that is under way, or 0 */
  mtype step = resting;
  byte dead;         /* the incarnation whose journal is replayed */
  byte recoverer;    /* as who */
  byte replay;       /* token of the recoverer's commit */
};
Server server[SERVERS];

byte loads, edits_left, astray, crashes, restarts, closes, elsewheres, given_up;

/* --- what is promised --- */
byte durable;   /* edits that a commit reported as durable */
byte returned;  /* edits that had returned, in journals that can be read */
hidden byte one_owner, nothing_acknowledged_is_lost, bounds_suffice;
hidden byte i, n;
hidden int used;
hidden byte applied;

/* OneOwner: whose commit is applied has the newest epoch that was ever given. */
inline check_owner(which) {
  one_owner = commit[which].epoch == row.epoch;
  assert(one_owner)
}
/* NothingAcknowledgedIsLost: in every read, so at all times. */
inline check_durable() {
  nothing_acknowledged_is_lost = (durable & ~row.data) == 0;
  assert(nothing_acknowledged_is_lost)
}
/* ... and what had returned is there when somebody else gets the profile. */
inline check_returned() {
  nothing_acknowledged_is_lost = ((durable | returned) & ~row.data) == 0;
  assert(nothing_acknowledged_is_lost)
}

/* --- what a request does: src/backend/ --- */
#define owner_of_row incarnation_of[row.session]
#ifdef CLOSED_TAKEN_FOR_RECOVERED
#define has_ended(incarnation) (lease[incarnation].state != open)
#else
#define has_ended(incarnation) (lease[incarnation].state == recovered)
#endif
#define row_is_free (row.session == 0 || has_ended(owner_of_row))

inline take(whose) {
  row.session = whose;
  row.epoch++;
  if
  :: row.ask != 0 && (lease[incarnation_of[row.ask]].state != open ||
                      incarnation_of[row.ask] == incarnation_of[whose]) -> row.ask = 0
  :: else
  fi;
  check_returned()
}

inline write_ask(whose, number) {
  row.ask = whose;
  row.asks = number
}

/* The row goes to its ask's session, if that server's lease is open, or to nobody. */
inline pass_on() {
  if
  :: row.ask != 0 && lease[incarnation_of[row.ask]].state == open ->
     row.session = row.ask;
     row.epoch++;
     check_returned()
  :: else -> row.session = 0
  fi;
  row.ask = 0
}

#ifdef NO_EPOCH_CHECK
#define fence_fits(which) (commit[which].revision == row.revision)
#elif defined(NO_REVISION_CHECK)
#define fence_fits(which) \
  (commit[which].session == row.session && commit[which].epoch == row.epoch)
#else
#define fence_fits(which) \
  (commit[which].session == row.session && commit[which].epoch == row.epoch && \
   commit[which].revision == row.revision)
#endif
#define may_commit(which) \
  (commit[which].by == 0 || lease[owner_of_row].state == recovered || \
   (lease[owner_of_row].state == closed && lease[owner_of_row].recoverer == commit[which].by))

inline apply_commit(which) {
  applied = commit[which].stored;
  if
  :: !applied && fence_fits(which) && may_commit(which) ->
     applied = true;
     check_owner(which);
     row.revision++;
     row.edit = commit[which].edit;
     row.data = commit[which].data;
     check_durable();
     /* One mark an epoch; a recoverer's stands beside its owner's. */
     if
     :: commit[which].by == 0 ->
        for (i : 1 .. TOKENS) {
          commit[i].stored = commit[i].stored && commit[i].epoch != commit[which].epoch
        }
        commit[which].stored = true
     :: else
     fi;
     if
     :: commit[which].hand_over -> pass_on()
     :: else
     fi
  :: else
  fi
}

/* --- ids --- */
/* One that nobody could send, land or name any more serves again: they only have to differ. */
inline forget_commit(which) {
  if
  :: which != 0 && !commit[which].under_way && !commit[which].late ->
     commit[which].stored = false;
     commit[which].hand_over = false;
     commit[which].session = 0;
     commit[which].epoch = 0;
     commit[which].revision = 0;
     commit[which].edit = 0;
     commit[which].data = 0;
     commit[which].by = 0
  :: else
  fi
}
inline new_commit(which) {
  which = 1;
  do
  :: (commit[which].under_way || commit[which].late) -> which++
  :: else -> break
  od;
  bounds_suffice = which <= TOKENS;
  assert(bounds_suffice);
  commit[which].under_way = true
}
inline forget_sessions() {
  used = 1 << row.session | 1 << row.ask;
  for (i : 0 .. SERVERS - 1) {
    used = used | 1 << server[i].session
  }
  for (i : 1 .. TOKENS) {
    used = used | 1 << commit[i].session
  }
  for (i : 1 .. SESSIONS) {
    if
    :: (used & (1 << i)) == 0 && !late_acquire[i] -> incarnation_of[i] = 0
    :: else
    fi
  }
  /* The number of the last ask counts only while there is another to compare it with. */
  used = 0;
  for (i : 0 .. SERVERS - 1) {
    used = used + server[i].asked
  }
  for (i : 1 .. SESSIONS) {
    used = used + late_number[i]
  }
  row.asks = (used == 0 -> 0 : row.asks)
}
inline new_session(whose, who) {
  whose = 1;
  do
  :: incarnation_of[whose] != 0 -> whose++
  :: else -> break
  od;
  bounds_suffice = whose <= SESSIONS;
  assert(bounds_suffice);
  incarnation_of[whose] = who
}

/* --- a server's session --- */
#define me server[v]

inline drop_commit(which) {
  if
  :: which != 0 -> commit[which].under_way = false; forget_commit(which)
  :: else
  fi;
  which = 0
}
inline session_over() {
  drop_commit(me.token);
  me.session = 0;
  me.asked = 0;
  me.epoch = 0;
  me.revision = 0;
  me.edit = 0;
  me.saved = 0;
  me.data = 0
}

/* Rules 8 and 15. An open lease of our id is a dead process's, whose journal lock is free. */
inline open_lease() {
  for (i : 1 .. INCARNATIONS) {
    if
    :: lease[i].state == open && lease[i].server == v ->
       lease[i].state = closed;
       lease[i].recoverer = 0
    :: else
    fi
  }
  n = 1;
  do
  :: n <= INCARNATIONS && lease[n].state != unborn -> n++
  :: else -> break
  od;
  bounds_suffice = n <= INCARNATIONS;
  assert(bounds_suffice);
  lease[n].state = open;
  lease[n].server = v;
  me.incarnation = n
}
inline lose_lease() {
  session_over();
  me.phase = (me.phase == loading -> loading : idle);  /* a load begins again with the next lease */
  me.incarnation = 0;
  forget_sessions()
}

/* Rule 19. */
#define ours_to_ask (owner_of_row != me.incarnation && lease[owner_of_row].state == open)
#define worth_asking (me.session == 0 || row.session == me.session || row_is_free || \
                      (row.ask != me.session && (me.asked != 0 || ours_to_ask)))
inline activate() {
  me.phase = playing;
  me.asked = 0;
  me.epoch = row.epoch;
  me.revision = row.revision;
  me.edit = row.edit;
  me.saved = row.edit;
  me.data = row.data
}
inline begin_session() {
  if
  :: me.session == 0 -> new_session(me.session, me.incarnation)
  :: else
  fi
}
inline acquire() {
  begin_session();
  if
  :: row.session == me.session -> activate()
  :: row.session != me.session && row_is_free -> take(me.session); activate()
  :: else ->
     if
     :: me.asked > row.asks -> write_ask(me.session, me.asked)
     :: me.asked <= row.asks && row.ask != me.session && me.asked != 0 ->
        session_over();
        me.phase = idle  /* superseded */
     :: me.asked <= row.asks && row.ask != me.session && me.asked == 0 && ours_to_ask ->
        me.asked = row.asks + 1;
        write_ask(me.session, me.asked)
     :: else
     fi
  fi;
  forget_sessions()
}
inline acquire_goes_astray() {
  begin_session();
  if
  :: me.asked == 0 && !row_is_free && row.session != me.session && ours_to_ask ->
     me.asked = row.asks + 1
  :: else
  fi;
  late_acquire[me.session] = true;
  late_number[me.session] = me.asked
}
inline acquire_lands(whose) {
  late_acquire[whose] = false;
  if
  :: lease[incarnation_of[whose]].state == open && row.session != whose ->
     if
     :: row_is_free -> take(whose)
     :: !row_is_free && late_number[whose] > row.asks -> write_ask(whose, late_number[whose])
     :: else
     fi
  :: else
  fi;
  late_number[whose] = 0;
  forget_sessions()
}
inline withdraw() {
  if
  :: row.ask == me.session -> row.ask = 0
  :: else
  fi;
  if
  :: row.session == me.session -> row.session = 0
  :: else
  fi;
  session_over();
  me.phase = idle;
  forget_sessions()
}

inline make_edit() {
  me.edit++;
  me.data = me.data | 1 << edits;
  if
  :: !lease[me.incarnation].elsewhere ->
     record[edits].journal = me.incarnation;
     record[edits].epoch = me.epoch;
     record[edits].edit = me.edit;
     record[edits].image = me.data;
     returned = returned | 1 << edits;
     nothing_acknowledged_is_lost = row.epoch == me.epoch;
     assert(nothing_acknowledged_is_lost)
  :: else
  fi;
  edits++;
  edits_left--
}

/* Rules 20 and 23. */
inline save() {
#ifdef RELEASE_BEFORE_SAVE
  if
  :: me.phase == ending && row.session == me.session -> pass_on()
  :: else
  fi;
#endif
  new_commit(me.token);
  commit[me.token].hand_over = me.phase == ending;
  commit[me.token].session = me.session;
  commit[me.token].epoch = me.epoch;
  commit[me.token].revision = me.revision;
  commit[me.token].edit = me.edit;
  commit[me.token].data = me.data
}
inline settle() {
#ifdef RESENT_WITH_A_NEW_TOKEN
  commit[me.token].stored = false;
#endif
  apply_commit(me.token);
  if
  :: applied ->
     me.revision = commit[me.token].revision + 1;
     me.saved = commit[me.token].edit;
     durable = durable | commit[me.token].data;
     if
     :: commit[me.token].hand_over -> session_over(); me.phase = idle
     :: else -> drop_commit(me.token)
     fi
  :: else -> session_over(); me.phase = idle  /* session_lost */
  fi;
  forget_sessions()
}

/* --- takeover: rules 4, 16 to 18 --- */
#define lives(target) (server[lease[target].server].incarnation == target)
#ifdef ORPHANS_LEFT
#define abandoned(target) false
#else
#define abandoned(target) \
  (lease[target].state == closed && lease[target].recoverer != me.incarnation && \
   (lease[target].recoverer == 0 || lease[lease[target].recoverer].state != open))
#endif
#define may_close(target) \
  (target != me.incarnation && \
   ((lease[target].state == open && (!lives(target) || closes > 0)) || abandoned(target)))
#define may_recover (me.up && me.step == resting && me.incarnation != 0 && \
                     lease[me.incarnation].state == open)

inline take_over(target) {
  if
  :: lease[target].state == open && lives(target) -> closes--
  :: else
  fi;
  lease[target].state = closed;
  lease[target].recoverer = me.incarnation;
  me.dead = target;
  me.recoverer = me.incarnation;
  me.step = planning
}
/* With its journal: who comes later finds nothing in it. */
inline mark_recovered(target) {
  lease[target].state = recovered;
  lease[target].recoverer = 0;
  lease[target].server = 0;
  for (i : 0 .. EDITS - 1) {
    if
    :: record[i].journal == target ->
       record[i].journal = 0;
       record[i].epoch = 0;
       record[i].edit = 0;
       record[i].image = 0
    :: else
    fi
  }
}
/* Seals the journal, reads it and the row, and applies what the row doesn't have. */
inline plan() {
#ifndef JOURNAL_NOT_SEALED
  lease[me.dead].sealed = true;
#endif
#ifdef RECOVERED_BEFORE_REPLAY
  lease[me.dead].state = recovered;
#endif
  me.step = finishing;
  if
  :: owner_of_row == me.dead && row.session != 0 ->
     for (i : 0 .. EDITS - 1) {
       if
       :: i < edits && record[i].journal == me.dead && record[i].epoch == row.epoch &&
          record[i].edit > row.edit ->
          if
          :: me.step == finishing ->
             new_commit(me.replay);
             commit[me.replay].session = row.session;
             commit[me.replay].epoch = row.epoch;
             commit[me.replay].revision = row.revision;
             commit[me.replay].by = me.recoverer;
             me.step = committing
          :: else
          fi;
          commit[me.replay].edit = record[i].edit;
          commit[me.replay].data = record[i].image
       :: else
       fi
     }
  :: else
  fi
}
inline commit_replay() {
  apply_commit(me.replay);
  drop_commit(me.replay);
#ifdef REPLAYED_ONCE
  me.step = finishing;
#else
  me.step = planning;
#endif
  forget_sessions()
}
#define is_ours_to_finish \
  (lease[me.dead].state == closed && lease[me.dead].recoverer == me.recoverer)
inline recovery_over() {
  me.dead = 0;
  me.recoverer = 0;
  me.step = resting
}
inline finish() {
  if
  :: is_ours_to_finish -> mark_recovered(me.dead)
  :: else
  fi;
  recovery_over()
}
/* The journal can't be reached: what had returned in it is lost, and reported so. */
inline write_off() {
  for (i : 0 .. EDITS - 1) {
    if
    :: record[i].journal == me.dead -> returned = returned & ~(1 << i)
    :: else
    fi
  }
  lease[me.dead].elsewhere = true;
  elsewheres--;
  finish()
}

inline crash() {
  crashes--;
  session_over();
  drop_commit(me.replay);
  me.up = false;
  me.phase = idle;
  me.incarnation = 0;
  recovery_over();
  forget_sessions()
}

#define takes_over(target) \
  :: d_step { may_recover && may_close(target) -> take_over(target); skip }

#ifdef EDITS_WHILE_ENDING
#define may_edit (me.phase == playing || me.phase == ending)
#else
#define may_edit (me.phase == playing)
#endif
#ifdef EVERY_START_ENDS  /* players stay until somebody asks */
#define may_leave (row.session == me.session && row.ask != 0)
#else
#define may_leave true
#endif

proctype Protocol(byte v) {
end:
  do
  /* Its lease. */
  :: d_step { me.up && me.incarnation == 0 -> open_lease(); skip }
  :: d_step { me.incarnation != 0 && lease[me.incarnation].state != open -> lose_lease(); skip }
#ifndef UNKNOWN_ROWS_KEPT
  /* A renewal lists a row that is ours and that no session of ours knows. */
  :: d_step { me.incarnation != 0 && lease[me.incarnation].state == open && row.session != 0 &&
              owner_of_row == me.incarnation && row.session != me.session ->
              row.session = 0; forget_sessions(); skip }
#endif

  /* A load. */
  :: d_step { me.up && me.phase == idle && loads > 0 -> loads--; me.phase = loading; skip }
  :: d_step { me.phase == loading && me.incarnation != 0 && lease[me.incarnation].state == open &&
              worth_asking -> acquire(); skip }
  :: d_step { me.phase == loading && me.incarnation != 0 && lease[me.incarnation].state == open &&
              worth_asking && astray > 0 -> astray--; acquire_goes_astray(); skip }
  :: d_step { me.phase == loading && given_up > 0 ->
              given_up = (given_up == ALWAYS -> ALWAYS : given_up - 1);
              me.phase = (me.session != 0 -> withdrawing : idle); skip }
  :: d_step { me.phase == withdrawing -> withdraw(); skip }

  /* A session. */
  :: d_step { may_edit && edits_left > 0 && !lease[me.incarnation].sealed -> make_edit(); skip }
  :: d_step { me.phase == playing && may_leave -> me.phase = ending; skip }
  :: d_step { me.token == 0 &&
              ((me.phase == playing && me.edit > me.saved) || me.phase == ending) -> save(); skip }
  :: d_step { me.token != 0 -> settle(); skip }
  :: d_step { me.token != 0 && astray > 0 -> astray--; commit[me.token].late = true; skip }
#ifdef ABSENT_TAKEN_FOR_FAILED
  :: d_step { me.token != 0 && commit[me.token].late && !commit[me.token].stored ->
              drop_commit(me.token); me.phase = playing; skip }
#endif

  /* A takeover. */
  takes_over(1)
  takes_over(2)
  takes_over(3)
  takes_over(4)
#if INCARNATIONS >= 5
  takes_over(5)
#endif
#if INCARNATIONS >= 6
  takes_over(6)
#endif
  :: d_step { me.step == planning -> plan(); skip }
  :: d_step { me.step == planning && elsewheres > 0 && is_ours_to_finish -> write_off(); skip }
  :: d_step { me.step == committing -> commit_replay(); skip }
  :: d_step { me.step == committing && astray > 0 ->
              astray--; commit[me.replay].late = true; drop_commit(me.replay);
              me.step = planning; skip }
  :: d_step { me.step == finishing -> finish(); skip }

  /* Its process. */
  :: d_step { me.up && crashes > 0 -> crash(); skip }
  :: d_step { !me.up && restarts > 0 -> restarts--; me.up = true; skip }
  :: d_step { !me.up && restarts > 0 -> restarts--; skip }  /* or never again */
  od
}

/* --- the network: what has gone astray lands, or never does --- */
proctype StrayCommit(byte which) {
end:
  do
  :: d_step { commit[which].late ->
              commit[which].late = false; apply_commit(which); forget_commit(which);
              forget_sessions(); skip }
  :: d_step { commit[which].late ->
              commit[which].late = false; forget_commit(which); forget_sessions(); skip }
  od
}
proctype StrayAcquire(byte whose) {
end:
  do
  :: d_step { late_acquire[whose] -> acquire_lands(whose); skip }
  :: d_step { late_acquire[whose] ->
              late_acquire[whose] = false; late_number[whose] = 0; forget_sessions(); skip }
  od
}

/* EveryStartEnds: given, refused or superseded; and given up only as often as the world says. */
#ifdef EVERY_START_ENDS
#define waits(v) (server[v].phase == loading)
#if SERVERS == 2
ltl every_start_ends {
  always ((waits(0) implies eventually !waits(0)) && (waits(1) implies eventually !waits(1)))
}
#else
ltl every_start_ends {
  always ((waits(0) implies eventually !waits(0)) && (waits(1) implies eventually !waits(1)) &&
          (waits(2) implies eventually !waits(2)))
}
#endif
#endif

#define world(l, e, a, c, r, f, w, g) \
  :: loads = l; edits_left = e; astray = a; crashes = c; restarts = r; closes = f; \
     elsewheres = w; given_up = g

init {
  atomic {
    n = 0;
    do
    :: n < SERVERS ->
       server[n].up = true;
       server[n].incarnation = n + 1;
       lease[n + 1].server = n;
       lease[n + 1].state = open;
       run Protocol(n);
       n++
    :: else -> break
    od;
    n = 1;
    do
    :: n <= TOKENS -> run StrayCommit(n); n++
    :: else -> break
    od;
    n = 1;
    do
    :: n <= SESSIONS -> run StrayAcquire(n); n++
    :: else -> break
    od;
    if
    worlds
    fi;
    loads--;
    server[0].phase = loading  /* servers differ by number alone */
  }
}
