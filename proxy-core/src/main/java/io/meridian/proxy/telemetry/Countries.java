package io.meridian.proxy.telemetry;

import java.util.ArrayList;
import java.util.List;

/** Countries as slots in a row of {@link Cells}: one for each pair of letters. */
final class Countries {
  private static final int LETTERS = 26;

  static final int SLOTS = LETTERS * LETTERS;

  private Countries() {}

  /** The slot of an ISO 3166-1 code; -1 if it is none. */
  static int slot(String code) {
    if (code.length() != 2) {
      return -1;
    }
    int first = code.charAt(0) - 'A';
    int second = code.charAt(1) - 'A';
    return first < 0 || first >= LETTERS || second < 0 || second >= LETTERS
        ? -1
        : first * LETTERS + second;
  }

  /** The codes of all slots, in their order. */
  static List<String> codes() {
    List<String> codes = new ArrayList<>(SLOTS);
    for (char first = 'A'; first <= 'Z'; first++) {
      for (char second = 'A'; second <= 'Z'; second++) {
        codes.add("" + first + second);
      }
    }
    return codes;
  }
}
