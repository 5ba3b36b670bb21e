"""The SMS side of a daemon, as the rest of it sees that."""

from collections.abc import Mapping
from dataclasses import dataclass

from duetime.router.ids import EndpointId
from duetime.service.duties import Duty
from duetime.service.sms.courier import SmsCourier
from duetime.service.sms.our_number import OurNumber
from duetime.service.sms.receipts import Receipts
from duetime.service.sms.reception import Reception


@dataclass(frozen=True)
class SmsSide:
    numbers: Mapping[EndpointId, OurNumber]
    couriers: Mapping[EndpointId, SmsCourier]
    reception: Reception
    receipts: Receipts
    duties: list[Duty]

    def problems(self) -> dict[EndpointId, str]:
        """Why a provider takes nothing from us at the moment, as sentences by endpoint."""
        return {name: courier.problem for name, courier in self.couriers.items() if courier.problem}
