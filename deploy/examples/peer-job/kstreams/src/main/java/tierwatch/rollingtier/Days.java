package tierwatch.rollingtier;

/** Dates as numbers, without an object for each. */
final class Days {
    private Days() {}

    /** Days since 1970 of "2024-01-31", whatever follows. */
    static int of(String date) {
        int year = 100 * pair(date, 0) + pair(date, 2);
        int month = pair(date, 5);
        // March begins the year, so that the leap day ends it.
        int y = month > 2 ? year : year - 1;
        int m = month > 2 ? month - 3 : month + 9;
        int leaps = Math.floorDiv(y, 4) - Math.floorDiv(y, 100) + Math.floorDiv(y, 400);
        return 365 * y + leaps + (153 * m + 2) / 5 + pair(date, 8) - 719_469;
    }

    /** Seconds since 1970 of "2024-01-31T12:34:56Z". */
    static long second(String time) {
        return 86_400L * of(time) + 3_600 * pair(time, 11) + 60 * pair(time, 14) + pair(time, 17);
    }

    /** Appends a day since 1970 as a date. */
    static void append(StringBuilder to, int day) {
        to.append(java.time.LocalDate.ofEpochDay(day));
    }

    private static int pair(String s, int at) {
        return 10 * (s.charAt(at) - '0') + s.charAt(at + 1) - '0';
    }
}
