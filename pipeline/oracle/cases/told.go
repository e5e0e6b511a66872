package cases

import (
	"github.com/tierwatch/tierwatch/pipeline/oracle/gen"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// Told are of what changes say beside the tiers.
func Told() []*Case {
	return []*Case{
		correctedBehindAFall("misses alone", 200_000, "CORRECTED gold>gold 2025-08-05"),
		correctedBehindAFall("a lift", 900_000, "CORRECTED gold>platinum 2025-08-01"),
		fallAndBack(), protectedThrough(),
	}
}

// protectedThrough: entered on 1 February, protected for three months.
func protectedThrough() *Case {
	s := start("protected from entry", "R30: protection is a guarantee", ladder("", "protect: {months: 3}", three), "2024-12-31")
	s.Balance("C", "A", gen.Day("2024-12-31"), yuan(60_000))
	s.through("2024-12-31", "2025-01-31")
	s.want("tier", "gold", "guarantee", "2025-04-30")
	return s.c
}

// correctedBehindAFall: June was his third miss as platinum, July, of 10,000, the first as
// gold. What comes late into July makes it no miss, or lifts him: in July he was gold all
// the same, by the fall of 1 July.
func correctedBehindAFall(name string, late int64, change string) *Case {
	s := start("a correction behind a fall, "+name, "R184: the fall is not replaced", ladder("", "", three+", lands_on: last"), "2025-05-31")
	s.Seed("C", "card", "platinum", gen.Day("2024-01-01"), 2, 0)
	s.Balance("C", "A", gen.Day("2025-05-31"), yuan(200_000))
	s.through("2025-05-31", "2025-06-30")
	s.want("tier", "gold", "changes", "DOWNGRADED platinum>gold 2025-07-01", "supersedes", "")
	s.Book("C", "A", gen.Day("2025-07-01"), yuan(-190_000))
	s.through("2025-07-01", "2025-08-04")
	s.want("tier", "gold", "misses", "1")
	s.Tick(gen.Day("2025-08-05"))
	s.Book("C", "A", gen.Day("2025-08-05"), yuan(late), gen.Valued(gen.Day("2025-07-10")))
	s.want("misses", "0", "changes", change, "supersedes", "")
	return s.c
}

// fallAndBack: July was no miss, so the fall of 1 August is none; then the booking that
// made it none is taken back, and the fall comes again, to the tier he has had since then.
func fallAndBack() *Case {
	s := start("a fall is taken back, and comes again", "R184", ladder("", "", three), "2025-06-30")
	s.Seed("C", "card", "gold", gen.Day("2024-01-01"), 2, 0)
	s.Balance("C", "A", gen.Day("2025-06-30"), yuan(10_000))
	s.through("2025-06-30", "2025-08-03")
	s.want("tier", "mass", "since", "2025-08-01")
	s.Tick(gen.Day("2025-08-04"))
	s.Book("C", "A", gen.Day("2025-07-10"), yuan(200_000), gen.ID("x"))
	s.want("tier", "gold", "changes", "CORRECTED mass>gold 2024-01-01", "supersedes", "2025-08-01")
	s.Book("C", "A", gen.Day("2025-07-10"), yuan(200_000), gen.ID("x"), func(t *pb.Transaction) { t.Status = pb.TxnStatus_REVERSED })
	s.want("tier", "mass", "changes", "CORRECTED gold>mass 2025-08-01", "supersedes", "")
	return s.c
}
