package io.meridian.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class HintsTest {
  @Test
  void distance_counts_edits_and_swaps() {
    assertEquals(0, Hints.distance("fence", "fence"));
    assertEquals(1, Hints.distance("fence", "fance"));
    assertEquals(1, Hints.distance("gdrp", "gdpr"));
    assertEquals(4, Hints.distance("", "fall"));
  }

  @Test
  void a_near_word_is_suggested_and_a_far_one_is_not() {
    assertTrue(Hints.word("eu_west", List.of("us-east", "eu-west")).contains("\"eu-west\""));
    assertEquals("", Hints.word("mars", List.of("us-east", "eu-west")));
  }

  @Test
  void every_foreign_word_stands_for_a_key_that_exists() {
    Shape root = Shape.of(MeridianConfig.class);
    for (String path : ForeignWords.targets()) {
      Shape shape = root;
      for (String key : path.split("\\.", -1)) {
        assertTrue(shape.names().contains(key), path);
        shape = shape.under(key);
      }
    }
  }
}
