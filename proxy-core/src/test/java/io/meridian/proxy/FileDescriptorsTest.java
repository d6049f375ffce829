package io.meridian.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FileDescriptorsTest {
  @ParameterizedTest
  @CsvSource({
    "1024, 2, 10000, 376",
    "20000, 2, 10000, 9864",
    "20000, 2, 2048, 17680",
    "524288, 8, 8192, 515776",
    "9223372036854775807, 1, 1, 2147483647",
    "100, 64, 1024, 16"
  })
  void what_endpoints_may_need_is_left_to_them_up_to_one_half(
      long descriptors, int workers, long upstream, int clients) {
    assertEquals(clients, FileDescriptors.available(descriptors, workers, upstream));
  }
}
