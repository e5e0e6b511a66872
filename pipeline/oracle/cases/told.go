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
		fallAndBack(), protectedThrough(), enteredBy(), securedBy(), placeBefore(),
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

// enteredBy: 60,000 from 16 January on. Over the whole month that would be 30,967.74.
func enteredBy() *Case {
	s := start("entered at once by the average since opening", "R68, R185", ladder("", "entry: at_once", three), "2025-01-01")
	s.through("2025-01-01", "2025-01-15")
	s.Book("C", "A", gen.Day("2025-01-16"), yuan(60_000))
	s.Close(gen.Day("2025-01-16"))
	s.want("changes", "ENTERED >gold 2025-01-17", "basis", "-1>1 by 6000000 of 5000000 from 2025-01-01 to 2025-01-31")
	return s.c
}

// securedBy: 1,600,000 of one day make 51,612.90 over the 31, whatever comes.
func securedBy() *Case {
	s := start("lifted by what is secured", "R29, R185", ladder("", "upgrade: when_secured", three), "2024-12-31")
	s.Seed("C", "card", "mass", gen.Day("2024-01-01"), 0, 0)
	s.Balance("C", "A", gen.Day("2024-12-31"), 0)
	s.Close(gen.Day("2024-12-31"))
	s.Book("C", "A", gen.Day("2025-01-01"), yuan(1_600_000))
	s.Close(gen.Day("2025-01-01"))
	s.want("changes", "UPGRADED mass>gold 2025-01-02", "basis", "0>1 by 5161290 of 5000000 from 2025-01-01 to 2025-01-31")
	return s.c
}

// placeBefore: platinum, the third tier, becomes gold, the second.
func placeBefore() *Case {
	months := ladder("", "", three)
	s := start("the place of a tier that is no more", "R185", months, "2025-01-01")
	s.Seed("C", "card", "platinum", gen.Day("2024-01-01"), 0, 0)
	s.Balance("C", "A", gen.Day("2024-12-31"), yuan(600_000))
	s.Close(gen.Day("2025-01-01"))
	s.Policy(withoutPlatinum(months), 2, gen.Day("2025-01-03"))
	s.Close(gen.Day("2025-01-02"))
	s.want("changes", "REMAPPED platinum>gold 2025-01-03", "basis", "2>1 by 0 of 50000000 from  to ")
	return s.c
}
